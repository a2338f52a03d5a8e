// SPDX-License-Identifier: Apache-2.0

// The Echo service of tests/e2e/peers/grpc_server.js, by grpc-go: Echo sends a message back with a
// trailer, Chat each of a stream.
//
//	grpc_server ADDRESS:PORT
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"strconv"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// Messages are bytes, whatever they mean.
type raw struct{}

func (raw) Name() string { return "raw" }

func (raw) Marshal(message any) ([]byte, error) { return *message.(*[]byte), nil }

func (raw) Unmarshal(data []byte, message any) error {
	*message.(*[]byte) = append([]byte(nil), data...)
	return nil
}

func echo(stream grpc.ServerStream) error {
	var message []byte
	if err := stream.RecvMsg(&message); err != nil {
		return err
	}
	if string(message) == "missing" {
		return status.Error(codes.NotFound, "there is no such thing")
	}
	stream.SetTrailer(metadata.Pairs("x-echoed", strconv.Itoa(len(message))))
	return stream.SendMsg(&message)
}

func chat(stream grpc.ServerStream) error {
	for {
		var message []byte
		if err := stream.RecvMsg(&message); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if err := stream.SendMsg(&message); err != nil {
			return err
		}
	}
}

func serve(_ any, stream grpc.ServerStream) error {
	switch method, _ := grpc.MethodFromServerStream(stream); method {
	case "/seine.test.Echo/Echo":
		return echo(stream)
	case "/seine.test.Echo/Chat":
		return chat(stream)
	default:
		return status.Error(codes.Unimplemented, fmt.Sprintf("no %s", method))
	}
}

func main() {
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	server := grpc.NewServer(grpc.UnknownServiceHandler(serve), grpc.ForceServerCodec(raw{}))
	log.Fatal(server.Serve(listener))
}

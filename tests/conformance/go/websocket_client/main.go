// SPDX-License-Identifier: Apache-2.0

// The module gorilla/websocket talks to the application; see websocket_cases.py.
//
//	websocket_client ws://ADDRESS:PORT CASE...
package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/gorilla/websocket"
)

const limit = 15 * time.Second

var big = bytes.Repeat([]byte("abcdefghijklmnop"), 1<<16)

func dial(path string, protocols ...string) (*websocket.Conn, *http.Response, error) {
	dialer := websocket.Dialer{
		HandshakeTimeout: limit, EnableCompression: true, Subprotocols: protocols}
	socket, response, err := dialer.Dial(os.Args[1]+path, nil)
	if err == nil {
		socket.SetReadDeadline(time.Now().Add(limit))
	}
	return socket, response, err
}

func expect(socket *websocket.Conn, kind int, wanted []byte) error {
	seen, data, err := socket.ReadMessage()
	if err != nil {
		return err
	}
	if seen != kind || !bytes.Equal(data, wanted) {
		return fmt.Errorf("%d other bytes", len(data))
	}
	return nil
}

func echo(socket *websocket.Conn, kind int, message []byte) error {
	if err := socket.WriteMessage(kind, message); err != nil {
		return err
	}
	return expect(socket, kind, message)
}

func closed(socket *websocket.Conn, code int, reason string) error {
	_, _, err := socket.ReadMessage()
	var seen *websocket.CloseError
	if !errors.As(err, &seen) || seen.Code != code {
		return fmt.Errorf("%v came, not a close with %d", err, code)
	}
	if reason != "" && seen.Text != reason {
		return fmt.Errorf("closed for %q", seen.Text)
	}
	return nil
}

func say(socket *websocket.Conn, code int) error {
	said := websocket.FormatCloseMessage(code, "enough")
	if err := socket.WriteControl(websocket.CloseMessage, said, time.Now().Add(limit)); err != nil {
		return err
	}
	return closed(socket, code, "")
}

func many(socket *websocket.Conn) error {
	for i := 0; i < 200; i++ {
		if err := echo(socket, websocket.TextMessage, []byte(fmt.Sprint("message ", i))); err != nil {
			return err
		}
	}
	return nil
}

func fragments(socket *websocket.Conn) error {
	// What exceeds the buffer goes out in frames of its size.
	socket.EnableWriteCompression(false)
	writer, err := socket.NextWriter(websocket.BinaryMessage)
	if err != nil {
		return err
	}
	for at := 0; at < len(big); at += 1 << 12 {
		writer.Write(big[at : at+1<<12])
	}
	if err := writer.Close(); err != nil {
		return err
	}
	return expect(socket, websocket.BinaryMessage, big)
}

func ping(socket *websocket.Conn) error {
	pong := errors.New("the pong")
	socket.SetPongHandler(func(data string) error {
		if data != "are you there" {
			return fmt.Errorf("a pong of %q", data)
		}
		return pong
	})
	asked := []byte("are you there")
	if err := socket.WriteControl(websocket.PingMessage, asked, time.Now().Add(limit)); err != nil {
		return err
	}
	if _, _, err := socket.ReadMessage(); err != pong {
		return err
	}
	return nil
}

func refused() error {
	_, response, err := dial("/refused")
	if err != websocket.ErrBadHandshake || response.StatusCode != http.StatusForbidden {
		return fmt.Errorf("no 403, but %v and %v", err, response)
	}
	return nil
}

// An error, and whether the socket is still to be closed.
func talk(name string, socket *websocket.Conn) (error, bool) {
	switch name {
	case "text":
		return echo(socket, websocket.TextMessage, []byte("grüße")), true
	case "binary":
		return echo(socket, websocket.BinaryMessage, big), true
	case "many":
		return many(socket), true
	case "fragments":
		return fragments(socket), true
	case "ping":
		return ping(socket), false
	case "greeting":
		return expect(socket, websocket.TextMessage, []byte("welcome")), true
	case "subprotocol":
		if socket.Subprotocol() != "echo" {
			return fmt.Errorf("subprotocol %q", socket.Subprotocol()), true
		}
		return nil, true
	case "client_close":
		return say(socket, 4001), false
	case "server_close":
		socket.WriteMessage(websocket.TextMessage, []byte("close 4002"))
		return closed(socket, 4002, "as asked"), false
	case "vanish":
		socket.WriteMessage(websocket.TextMessage, []byte("vanish"))
		return closed(socket, websocket.CloseAbnormalClosure, ""), false
	}
	return fmt.Errorf("no such case"), false
}

func run(name string) error {
	if name == "refused" {
		return refused()
	}
	path, protocols := "/ws", []string(nil)
	if name == "greeting" {
		path = "/greets"
	}
	if name == "subprotocol" {
		protocols = []string{"other", "echo"}
	}
	socket, _, err := dial(path, protocols...)
	if err != nil {
		return err
	}
	defer socket.Close()
	err, open := talk(name, socket)
	if err == nil && open {
		err = say(socket, websocket.CloseNormalClosure)
	}
	return err
}

func main() {
	for _, name := range os.Args[2:] {
		if err := run(name); err != nil {
			fmt.Println("FAIL", name, err)
		} else {
			fmt.Println("ok", name)
		}
	}
}

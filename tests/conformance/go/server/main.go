// SPDX-License-Identifier: Apache-2.0

// The application that clients of the suites `peers` and `websocket` ask, by net/http: HTTP/1.1 and
// HTTP/2 with prior knowledge on one port.
//
//	server ADDRESS:PORT
package main

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/h2c"
)

var mib = bytes.Repeat([]byte("abcdefghijklmnopqrstuvwxyz"), 1<<20/26+1)[:1<<20]

func answer(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Write(body)
}

func chunked(w http.ResponseWriter) {
	for at := 0; at < len(mib); at += 1 << 16 {
		w.Write(mib[at : at+1<<16])
		w.(http.Flusher).Flush()
	}
}

func cut(w http.ResponseWriter) {
	w.Write(mib[:100000])
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

func post(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/early" {
		w.Header().Set("Connection", "close")
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	trailer := r.Trailer.Get("x-end")
	if trailer == "" {
		trailer = "none"
	}
	w.Header().Set("X-Trailer", trailer)
	answer(w, body)
}

func serve(w http.ResponseWriter, r *http.Request) {
	fmt.Println("access", r.Method, r.URL)
	if r.Method == http.MethodPost {
		post(w, r)
		return
	}
	switch r.URL.Path {
	case "/one":
		answer(w, []byte("a"))
	case "/mib":
		answer(w, mib)
	case "/chunked":
		chunked(w)
	case "/trailers":
		w.Header().Set("Trailer", "X-End")
		chunked(w)
		w.Header().Set("X-End", "reached")
	case "/close":
		w.Header().Set("Connection", "close")
		answer(w, []byte("a"))
	case "/nothing":
		w.WriteHeader(http.StatusNoContent)
	case "/same":
		w.Header().Set("Etag", `"a"`)
		w.WriteHeader(http.StatusNotModified)
	case "/cut":
		w.Header().Set("Content-Length", strconv.Itoa(len(mib)))
		cut(w)
	case "/cut-chunked":
		cut(w)
	case "/hints":
		w.Header().Set("Link", "</style.css>; rel=preload; as=style")
		w.WriteHeader(http.StatusEarlyHints)
		answer(w, []byte("a"))
	case "/ws", "/greets":
		talk(w, r)
	case "/refused":
		http.Error(w, "not so", http.StatusForbidden)
	default:
		http.NotFound(w, r)
	}
}

func talk(w http.ResponseWriter, r *http.Request) {
	upgrader := websocket.Upgrader{Subprotocols: []string{"echo"}, EnableCompression: true}
	socket, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer socket.Close()
	if r.URL.Path == "/greets" {
		socket.WriteMessage(websocket.TextMessage, []byte("welcome"))
	}
	for {
		kind, data, err := socket.ReadMessage()
		if err != nil {
			return
		}
		if string(data) == "vanish" {
			return
		}
		var code int
		if n, _ := fmt.Sscanf(string(data), "close %d", &code); kind == websocket.TextMessage && n == 1 {
			said := websocket.FormatCloseMessage(code, "as asked")
			socket.WriteControl(websocket.CloseMessage, said, time.Now().Add(time.Second))
			socket.SetReadDeadline(time.Now().Add(5 * time.Second))
			continue
		}
		socket.WriteMessage(kind, data)
	}
}

func main() {
	handler := h2c.NewHandler(http.HandlerFunc(serve), &http2.Server{})
	log.Fatal(http.ListenAndServe(os.Args[1], handler))
}

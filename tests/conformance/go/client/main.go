// SPDX-License-Identifier: Apache-2.0

// net/http asks the application, by HTTP/1.1 or by HTTP/2 with prior knowledge; see cases.py.
//
//	client 1|2 http://ADDRESS:PORT CASE...
package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"os"
	"strings"
	"time"

	"golang.org/x/net/http2"
)

var (
	one = []byte("a")
	mib = bytes.Repeat([]byte("abcdefghijklmnopqrstuvwxyz"), 1<<20/26+1)[:1<<20]
)

type asker struct {
	client *http.Client
	base   string
}

func (a *asker) ask(r *http.Request, status int, wanted []byte) (*http.Response, error) {
	answer, err := a.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != status {
		return nil, fmt.Errorf("status %s", answer.Status)
	}
	if !bytes.Equal(body, wanted) {
		return nil, fmt.Errorf("%d bytes came instead of %d, or others", len(body), len(wanted))
	}
	return answer, nil
}

func (a *asker) request(method, path string, body io.Reader) *http.Request {
	r, err := http.NewRequest(method, a.base+path, body)
	if err != nil {
		panic(err)
	}
	return r
}

func (a *asker) get(path string, status int, wanted []byte) error {
	_, err := a.ask(a.request("GET", path, nil), status, wanted)
	return err
}

func (a *asker) post(body io.Reader, wanted []byte) error {
	_, err := a.ask(a.request("POST", "/echo", body), 200, wanted)
	return err
}

func (a *asker) head() error {
	answer, err := a.ask(a.request("HEAD", "/mib", nil), 200, nil)
	if err == nil && answer.ContentLength != int64(len(mib)) {
		return fmt.Errorf("a length of %d", answer.ContentLength)
	}
	return err
}

func (a *asker) trailers() error {
	answer, err := a.ask(a.request("GET", "/trailers", nil), 200, mib)
	if err == nil && answer.Trailer.Get("x-end") != "reached" {
		return fmt.Errorf("trailers %v", answer.Trailer)
	}
	return err
}

func (a *asker) sendTrailers() error {
	r := a.request("POST", "/echo", io.MultiReader(bytes.NewReader(mib)))
	r.ContentLength = -1
	r.Trailer = http.Header{"X-End": {"reached"}}
	answer, err := a.ask(r, 200, mib)
	if err == nil && answer.Header.Get("x-trailer") != "reached" {
		return fmt.Errorf("the server saw the trailer %q", answer.Header.Get("x-trailer"))
	}
	return err
}

func (a *asker) expectContinue() error {
	told := false
	trace := &httptrace.ClientTrace{Got100Continue: func() { told = true }}
	r := a.request("POST", "/echo", bytes.NewReader(mib))
	r.Header.Set("Expect", "100-continue")
	_, err := a.ask(r.WithContext(httptrace.WithClientTrace(context.Background(), trace)), 200, mib)
	if err == nil && !told {
		return fmt.Errorf("nobody told it to go on")
	}
	return err
}

func (a *asker) hints() error {
	hints := 0
	trace := &httptrace.ClientTrace{
		Got1xxResponse: func(code int, header textproto.MIMEHeader) error {
			if code == http.StatusEarlyHints && header.Get("link") != "" {
				hints++
			}
			return nil
		}}
	r := a.request("GET", "/hints", nil)
	_, err := a.ask(r.WithContext(httptrace.WithClientTrace(context.Background(), trace)), 200, one)
	if err == nil && hints != 1 {
		return fmt.Errorf("%d hints came", hints)
	}
	return err
}

func (a *asker) cut(path string) error {
	answer, err := a.client.Do(a.request("GET", path, nil))
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err == nil {
		return fmt.Errorf("%d bytes were taken for all", len(body))
	}
	return nil
}

func (a *asker) early() error {
	answer, err := a.client.Do(a.request("POST", "/early", bytes.NewReader(make([]byte, 8<<20))))
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusRequestEntityTooLarge {
		return fmt.Errorf("status %s", answer.Status)
	}
	return nil
}

func (a *asker) clientClose() error {
	r := a.request("GET", "/one", nil)
	r.Close = true
	if _, err := a.ask(r, 200, one); err != nil {
		return err
	}
	return a.get("/one", 200, one)
}

func (a *asker) run(name string) error {
	switch name {
	case "one":
		return a.get("/one", 200, one)
	case "mib":
		return a.get("/mib", 200, mib)
	case "chunked":
		return a.get("/chunked", 200, mib)
	case "post_one":
		return a.post(bytes.NewReader(one), one)
	case "post_mib":
		return a.post(bytes.NewReader(mib), mib)
	case "post_chunked":
		return a.post(io.MultiReader(bytes.NewReader(mib)), mib)
	case "head":
		return a.head()
	case "nothing":
		return a.get("/nothing", 204, nil)
	case "same":
		return a.get("/same", 304, nil)
	case "hints":
		return a.hints()
	case "cut":
		return a.cut("/cut")
	case "cut_chunked":
		return a.cut("/cut-chunked")
	case "early":
		return a.early()
	case "trailers":
		return a.trailers()
	case "send_trailers":
		return a.sendTrailers()
	case "expect_continue":
		return a.expectContinue()
	case "client_close":
		return a.clientClose()
	case "server_close":
		if err := a.get("/close", 200, one); err != nil {
			return err
		}
		return a.get("/one", 200, one)
	case "fifty":
		for i := 0; i < 50; i++ {
			if err := a.get("/one", 200, one); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("no such case")
}

func transport(version string) http.RoundTripper {
	first := &http.Transport{ExpectContinueTimeout: 5 * time.Second}
	if version == "1" {
		return first
	}
	dial := func(_ context.Context, network, address string, _ *tls.Config) (net.Conn, error) {
		return net.Dial(network, address)
	}
	return &http2.Transport{AllowHTTP: true, DialTLSContext: dial}
}

func main() {
	client := &http.Client{Transport: transport(os.Args[1]), Timeout: 20 * time.Second}
	a := &asker{client, os.Args[2]}
	for _, name := range os.Args[3:] {
		if err := a.run(name); err != nil {
			fmt.Println("FAIL", name, strings.ReplaceAll(err.Error(), "\n", " "))
		} else {
			fmt.Println("ok", name)
		}
	}
}

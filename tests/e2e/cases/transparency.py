# SPDX-License-Identifier: Apache-2.0
"""Strangers on both sides of a pair of our proxies see nothing of them."""

import json
import time

from harness import e2e, expect
from lab.applications import (grpc_client, start_grpc_server, start_http_server,
                              start_responder, start_tcp_server, tcp_client)
from lab.mesh import (GREETS_PORT, GRPC_PORT, HTTP_PORT, SERVICE_IP, TCP_PORT, Mesh)


def _curl(mesh, *args, seconds=30):
    return mesh["c"].run(["curl", "-sS", "-m", str(seconds - 5), *args], seconds)


@e2e("curl passes over IPv4, over IPv6 and by a service's address, bodies both ways untouched")
def curl_passes(binaries):
    with Mesh(binaries).start() as mesh:
        server = mesh["s"]
        start_http_server(server, "::", HTTP_PORT)
        for host in (server.ipv4, f"[{server.ipv6}]"):
            done = _curl(mesh, f"http://{host}:{HTTP_PORT}/large?bytes=3000000")
            expect(done.returncode == 0 and len(done.stdout) == 3000000,
                   f"GET by {host}: {len(done.stdout)} bytes, {done.stderr}")
            body = "0123456789" * 100000
            done = mesh["c"].run(["curl", "-sS", "--data-binary", "@-",
                                  f"http://{host}:{HTTP_PORT}/echo"], stdin=body)
            expect(done.stdout == body, f"POST by {host}: {len(done.stdout)} bytes, {done.stderr}")
        done = _curl(mesh, f"http://{SERVICE_IP}/")
        expect(len(done.stdout) == 1024, f"by the service's address: {done.stdout} {done.stderr}")


@e2e("the server sees the request as it was sent: HTTP/1.1, its path and its headers, none of ours")
def headers_are_kept(binaries):
    with Mesh(binaries).start() as mesh:
        start_http_server(mesh["s"], "::", HTTP_PORT)
        done = _curl(mesh, "-D", "-", "-o", "/dev/null", "-H", "x-mine: kept", "-H",
                     "l5d-client-id: forged", "-H", "transfer-encoding: chunked", "-d", "abc",
                     f"http://{mesh['s'].ipv4}:{HTTP_PORT}/a%20b?c=d")
        heads = dict(line.split(": ", 1) for line in done.stdout.splitlines() if ": " in line)
        answered = {name.lower(): value for name, value in heads.items()}
        expect("x-seen" in answered, f"no answer: {done.stdout} {done.stderr}")
        seen = json.loads(answered["x-seen"])
        expect(seen["version"] == "HTTP/1.1" and seen["path"] == "/a%20b?c=d", f"seen {seen}")
        headers = seen["headers"]
        expect(headers.get("x-mine") == "kept", f"x-mine became {headers.get('x-mine')}")
        expect(headers.get("host") == f"{mesh['s'].ipv4}:{HTTP_PORT}", f"host {headers}")
        expect(headers.get("l5d-client-id") == mesh.workloads["web"].identity,
               f"l5d-client-id is {headers.get('l5d-client-id')}, not the caller's identity")
        expect("l5d-orig-proto" not in {**headers, **answered}, f"l5d-orig-proto leaked: {seen}")


@e2e("HTTP/1 requests ride HTTP/2 between the proxies, and a metric shows it")
def http1_rides_http2(binaries):
    with Mesh(binaries).start() as mesh:
        start_http_server(mesh["s"], "::", HTTP_PORT)
        for _ in range(10):
            done = _curl(mesh, f"http://{mesh['s'].ipv4}:{HTTP_PORT}/")
            expect(len(done.stdout) == 1024, f"{done.stdout} {done.stderr}")
        client, server = mesh.metrics("web"), mesh.metrics("server")
        accepted = client.sum("outbound_tcp_protocol_connections_total", protocol="http/1")
        expect(accepted >= 10, f"the client's proxy counts {accepted} HTTP/1 connections, not 10")
        as_h2 = server.sum("inbound_tcp_detect_http_results_total", result="http/2",
                           srv_port=str(HTTP_PORT))
        as_h1 = server.sum("inbound_tcp_detect_http_results_total", result="http/1",
                           srv_port=str(HTTP_PORT))
        expect(as_h2 >= 1 and as_h1 == 0,
               f"the server's proxy detected {as_h2} HTTP/2 and {as_h1} HTTP/1 connections")
        responses = server.sum("response_total", direction="inbound", tls="true",
                               client_id=mesh.workloads["web"].identity, status_code="200")
        expect(responses == 10, f"response_total counts {responses} of 10 responses by mutual TLS")


@e2e("h2load passes: 2000 requests over HTTP/2 by prior knowledge and over HTTP/1.1, none failed")
def h2load_passes(binaries):
    with Mesh(binaries).start() as mesh:
        address = mesh["s"].ipv4
        start_responder(mesh["s"], binaries, address, HTTP_PORT)
        start_responder(mesh["s"], binaries, address, GRPC_PORT, "--h2")
        for flags, port in ((["--h1"], HTTP_PORT), (["-m", "10"], GRPC_PORT)):
            done = mesh["c"].run(["h2load", "-n", "2000", "-c", "8", *flags,
                                  f"http://{address}:{port}/"], 40)
            expect("2000 succeeded, 0 failed, 0 errored" in done.stdout,
                   f"h2load {flags}: {done.stdout}{done.stderr}")


@e2e("grpc-js passes: a unary call with trailers, one that fails, and a bidirectional stream")
def grpc_passes(binaries):
    with Mesh(binaries).start() as mesh:
        address = mesh["s"].ipv4
        start_grpc_server(mesh["s"], address, GRPC_PORT)
        for words in (("unary", "hello"), ("chat", "20", "1000")):
            done = grpc_client(mesh["c"], address, GRPC_PORT, *words)
            expect(done.returncode == 0, f"{words}: {done.stdout}{done.stderr}")
        done = grpc_client(mesh["c"], address, GRPC_PORT, "unary", "missing")
        expect("status 5: there is no such thing" in done.stderr,
               f"the status did not come through: {done.stdout}{done.stderr}")


@e2e("plain TCP passes with half-close: the server answers after the client's half has ended")
def half_close_passes(binaries):
    with Mesh(binaries).start() as mesh:
        address = mesh["s"].ipv4
        start_tcp_server(mesh["s"], address, TCP_PORT, "half-close")
        for size in ("5", "10000000"):
            done = tcp_client(mesh["c"], address, TCP_PORT, "half-close", size)
            expect(done.returncode == 0, f"{size} bytes: {done.stdout}{done.stderr}")


@e2e("a server that speaks first passes at once on an opaque port")
def server_first_passes(binaries):
    with Mesh(binaries).start() as mesh:
        address = mesh["s"].ipv4
        start_tcp_server(mesh["s"], address, GREETS_PORT, "greets")
        done = tcp_client(mesh["c"], address, GREETS_PORT, "greets", seconds=5)
        expect(done.returncode == 0, f"{done.stdout}{done.stderr}")
        inbound = mesh.metrics("server").sum("tcp_open_total", direction="inbound", peer="src",
                                             target_port=str(GREETS_PORT), tls="true")
        expect(inbound >= 1, "the server's proxy saw no mutual TLS for it")


@e2e("a server that speaks first passes on a port that nobody declared: the first time within"
     " seconds, then at once; HTTP on its heels passes as HTTP")
def server_first_is_learned(binaries):
    with Mesh(binaries).start() as mesh:
        address = mesh["s"].ipv4
        greeter = start_tcp_server(mesh["s"], address, TCP_PORT, "greets")
        took = []
        for _ in range(5):
            began = time.monotonic()
            done = tcp_client(mesh["c"], address, TCP_PORT, "greets", seconds=8)
            took.append(time.monotonic() - began)
            expect(done.returncode == 0, f"{done.stdout}{done.stderr}")
        expect(took[0] < 5 and max(took[1:]) < 0.8, f"seconds until the end of each: {took}")
        for name, side in (("web", "outbound"), ("server", "inbound")):
            heard = mesh.metrics(name).sum(f"{side}_tcp_detect_http_results_total",
                                           result="server_first")
            expect(heard == 5, f"{side} counts {heard} servers that spoke first, not 5")
            expect("speaks first" in mesh.proxies[name].log(), f"the log of {name} says nothing")
        greeter.stop()
        start_http_server(mesh["s"], "::", TCP_PORT)
        done = _curl(mesh, f"http://{address}:{TCP_PORT}/")
        expect(done.returncode == 0 and len(done.stdout) == 1024, f"HTTP: {done.stderr}")
        served = mesh.metrics("web").sum("response_total", direction="outbound", status_code="200",
                                         target_port=str(TCP_PORT))
        expect(served == 1, f"{served} answers counted as HTTP, not 1")

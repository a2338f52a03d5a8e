# SPDX-License-Identifier: Apache-2.0
"""HTTP/1 that passes as it was: targets, hosts, connections and bodies. Raw bytes are in
transparency_tcp.py, upgrades in transparency_upgrades.py."""

from behaviours.answers import endpoint
from behaviours.frame import case, expect, expect_equal
from behaviours.http1 import response
from behaviours.http2 import answer
from behaviours.sockets import read_to_end
from behaviours.world import World
from lab.process import wait_until


def open_world(binaries):
    return World(binaries)


def _behind(world, app):
    """Ways to the application: the outbound side alone, and both by mutual TLS."""
    return {"outbound": world.service().balanced(endpoint(app)),
            "meshed": world.service().balanced(world.meshed(app))}


def _services(world, respond=None):
    """[(name, Service, Application)]: outbound alone, the application in plain; and meshed."""
    plain, meshed = world.http1_app(respond), world.http1_app(respond, member="s")
    return [("outbound", world.service().balanced(endpoint(plain)), plain),
            ("meshed, over HTTP/2", world.service().balanced(world.meshed(meshed)), meshed),
            ("meshed, over HTTP/1", world.service().balanced(world.meshed(meshed, h2=False)),
             meshed)]


def _send(service, text, method="GET"):
    with service.http1() as client:
        client.send(text)
        return client.answer(method)


@case("absolute URI differs from Host", "of an absolute target and another Host the target is who"
      " is meant, and passes as it was")
def absolute(world):
    for way, service, app in _services(world):
        answered = _send(service, "GET http://inside.example:81/path?q HTTP/1.1\r\n"
                                  "host: outside.example\r\n\r\n")
        expect_equal(answered.status, 200, way)
        expect_equal(app.requests[-1].target, "http://inside.example:81/path?q", way)
        expect_equal(app.requests[-1].get("host"), "inside.example:81", f"Host, {way}")


@case("origin form and Host", "an origin-form target and its Host pass as they were")
def origin_form(world):
    for way, service, app in _services(world):
        _send(service, "GET /a/../b%20c?d=%zz HTTP/1.1\r\nHost: Some.Example\r\n\r\n")
        expect_equal((app.requests[-1].target, app.requests[-1].get("host")),
                     ("/a/../b%20c?d=%zz", "Some.Example"), way)


@case("HTTP/1.0 with Host", "HTTP/1.0 with a Host is answered, and Host kept")
def http10_with_host(world):
    for way, service, app in _services(world):
        answered = _send(service, "GET / HTTP/1.0\r\nhost: foo.bar\r\n\r\n")
        expect_equal((answered.status, answered.body), (200, b"hello"), way)
        expect_equal(app.requests[-1].get("host"), "foo.bar", way)


@case("HTTP/1.0 without Host", "HTTP/1.0 without a Host is answered and ended")
def http10_without_host(world):
    for way, service, _ in _services(world):
        with service.http1() as client:
            client.send("GET / HTTP/1.0\r\n\r\n")
            answered = client.answer()
            expect_equal((answered.status, answered.body), (200, b"hello"), way)
            expect(client.is_ended(), f"{way}: the connection goes on")


@case("HTTP/1.1 without Host", "HTTP/1.1 without a Host is answered or refused by one status, not"
      " dropped")
def http11_without_host(world):
    for way, service, app in _services(world):
        answered = _send(service, "GET / HTTP/1.1\r\n\r\n")
        expect(answered.status in (200, 400), f"{way}: {answered.status}")
        expect_equal(len(app.requests) > 0, answered.status == 200, f"{way}: the request came")
        app.requests.clear()


@case("Connection headers", "what Connection names goes no further, in both directions")
def connection_headers(world):
    hops = [("connection", "close, x-hop"), ("x-hop", "one"), ("keep-alive", "timeout=5"),
            ("proxy-connection", "keep-alive"), ("x-end", "two")]
    for way, service, app in _services(world, lambda *_: response(200, b"a", [
            ("connection", "x-back"), ("x-back", "one"), ("keep-alive", "timeout=1"),
            ("x-kept", "two")])):
        with service.http1() as client:
            answered = client.ask(headers=hops)
        seen = app.requests[-1]
        expect_equal([seen.get(name) for name in ("x-hop", "keep-alive", "proxy-connection",
                                                  "x-end")], [None, None, None, "two"], way)
        expect_equal([answered.get(name) for name in ("x-back", "keep-alive", "x-kept")],
                     [None, None, "two"], f"{way}, back")


@case("Connection: close", "a client's and a server's Connection: close end their own connection"
      " only")
def connection_close(world):
    for way, service, _ in _services(world):
        with service.http1() as client:
            expect_equal(client.ask(headers=[("connection", "close")]).status, 200, way)
            expect(client.is_ended(), f"{way}: the client's connection goes on")
    closing = lambda *_: response(200, b"a", [("connection", "close")])  # noqa: E731
    for way, service, app in _services(world, closing):
        with service.http1() as client:
            for _ in range(3):
                expect_equal(client.ask().status, 200, f"{way}, the server closes")
        expect(len(app.requests) == 3, f"{way}: {len(app.requests)} requests")
        app.requests.clear()


def _echo_length(request, _):
    return response(200, request.body, [
        ("x-length", request.get("content-length") or "none"),
        ("x-coding", request.get("transfer-encoding") or "none")])


@case("bodies with a length", "a request's body with a length passes with it, 1 MB too")
def length_bodies(world):
    for way, service, app in _services(world, _echo_length):
        for body in (b"abc", bytes(range(256)) * 4096):
            answered = service.ask(method="POST", body=body)
            expect_equal((answered.body == body, answered.get("x-length"),
                          answered.get("x-coding")), (True, str(len(body)), "none"), way)
        expect(app.requests, "the application saw nothing")


@case("chunked bodies", "a chunked request passes chunked, and its answer chunked as it was")
def chunked_bodies(world):
    def respond(request, connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nx-coding: " +
                           (request.get("transfer-encoding") or "none").encode() + b"\r\n\r\n")
        return b"5\r\nhello\r\n0\r\n\r\n"
    for way, service, app in _services(world, respond):
        answered = _send(service, "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"
                                  "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
        expect_equal((answered.status, answered.body), (200, b"hello"), way)
        expect_equal((answered.get("transfer-encoding"), answered.get("content-length")),
                     ("chunked", None), way)
        expect_equal((app.requests[-1].body, answered.get("x-coding")), (b"abcde", "chunked"), way)


@case("requests without a body", "GET and POST without a body stay without one")
def no_bodies(world):
    for way, service, _ in _services(world, _echo_length):
        answered = service.ask()
        expect_equal((answered.get("x-length"), answered.get("x-coding")), ("none", "none"), way)
        answered = _send(service, "POST / HTTP/1.1\r\nhost: a\r\n\r\n")
        expect_equal((answered.status, answered.get("x-coding")), (200, "none"), f"{way}, POST")
        expect(answered.get("x-length") in ("none", "0"), f"{way}: {answered.get('x-length')}")


@case("content-length: 0 is kept", "a length of zero is kept in requests and responses")
def zero_length(world):
    def respond(request, _):
        return response(200, b"", [("x-length", request.get("content-length") or "none")])
    for way, service, _ in _services(world, respond):
        answered = service.ask(method="POST", body=b"")
        expect_equal((answered.get("x-length"), answered.get("content-length")), ("0", "0"), way)


@case("bodies that end with the connection", "an answer without a length that ends with the"
      " connection is whole")
def until_end(world):
    def respond(_, connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 100000)
    for way, service, _ in _services(world, respond):
        answered = service.ask()
        expect_equal((answered.status, len(answered.body)), (200, 100000), way)
        with service.http1() as client:
            client.send("GET / HTTP/1.0\r\n\r\n")
            data = read_to_end(client.connection)
        expect_equal(len(data.split(b"\r\n\r\n", 1)[1]), 100000, f"{way}, HTTP/1.0")


@case("HEAD", "the answer to HEAD has its length and no body, and the connection goes on")
def head(world):
    def respond(request, _):
        if request.method == "HEAD":
            return b"HTTP/1.1 200 OK\r\ncontent-length: 55\r\n\r\n"
        return response(200, b"after")
    for way, service, app in _services(world, respond):
        with service.http1() as client:
            answered = client.ask(method="HEAD")
            expect_equal((answered.status, answered.get("content-length")), (200, "55"), way)
            expect_equal(client.ask().body, b"after", way)
        expect_equal([each.method for each in app.requests[-2:]], ["HEAD", "GET"], way)


@case("204 and 304", "204, 304 and their like have no body, and no length is added")
def without_content(world):
    for status in (204, 304):
        def respond(request, _, status=status):
            return response(200, b"after") if request.target == "/after" else \
                response(status, length=False)
        for way, service, _ in _services(world, respond):
            with service.http1() as client:
                answered = client.ask()
                expect_equal((answered.status, answered.get("content-length"),
                              answered.get("transfer-encoding")), (status, None, None), way)
                expect_equal(client.ask("/after").body, b"after", f"{way} after {status}")


@case("one connection per host", "requests one after the other share a connection to the server,"
      " whatever their Host")
def one_connection(world):
    app = world.http1_app()
    service = world.service().balanced(endpoint(app))
    for number in range(5):
        expect_equal(service.ask(host=f"h{number}.example").status, 200, "status")
    expect_equal(len(app.accepted), 1, "connections of five clients, one after the other")


@case("requests without a Host have connections of their own", "HTTP/1.0 without a Host is sent on"
      " a connection that nobody else uses")
def own_connections(world):
    app = world.http1_app()
    service = world.service().balanced(endpoint(app))
    expect_equal(service.ask().status, 200, "a kept connection")
    for _ in range(2):
        expect_equal(_send(service, "GET / HTTP/1.0\r\n\r\n").status, 200, "status")
    expect_equal(len(app.accepted), 3, "connections")


@case("reconnect on refused", "once an application that refused is there, requests pass")
def reconnects(world):
    app = world.http1_app()
    port = app.port
    service = world.service().balanced(endpoint(app))
    app.close()
    first = service.ask()
    expect_equal((first.status, first.get("l5d-proxy-error") is not None), (502, True), "refused")
    world.http1_app(port=port)
    wait_until(lambda: service.ask().status == 200, 5, "an answer of the application")


@case("HTTP/2 without authority", "HTTP/2 without :authority is answered if it has a Host, and"
      " reset as malformed (RFC 9113, 8.3.1) if it has neither; Linkerd's proxy answers that, too")
def no_authority(world):
    app, plain = world.http2_app(member="s"), world.http2_app()
    for way, target in (("outbound", endpoint(plain)), ("meshed", world.meshed(app))):
        service = world.service().balanced(target)
        with service.http2() as client:
            stream = client.ask(authority=None, headers=[("host", "some.example")])
            expect_equal(stream.status, 200, way)
            expect_equal(client.ask(authority=None).reset, 1, f"{way}, with neither")
            expect_equal(client.ask().status, 200, f"{way}, on the same connection")
    expect_equal([each.get(":authority") or each.get("host") for each in app.requests][0],
                 "some.example", "who was meant")


@case("RST_STREAM is propagated", "a reset of the server reaches the client with its code, and the"
      " client's the server")
def resets(world):
    def respond(stream):
        if stream.get(":path") == "/server":
            stream.cancel(11)
        else:
            answer(stream, body=b"")
    for way in ("outbound", "meshed"):
        app = world.http2_app(respond, member="o" if way == "outbound" else "s")
        service = world.service().balanced(
            endpoint(app) if way == "outbound" else world.meshed(app))
        with service.http2() as client:
            expect_equal(client.ask("/server").reset, 11, f"{way}: the server's code")
            stream = client.start("/client", "POST", end=False)
            wait_until(lambda: len(app.requests) == 2, 5, "the second request")
            stream.cancel(8)
            wait_until(lambda: app.requests[1].reset is not None, 5, "the reset at the server")
            expect_equal(app.requests[1].reset, 8, f"{way}: the client's code")


@case("RST_STREAM is not shown to HTTP/1", "a reset of an HTTP/1 request that rode HTTP/2 is 502")
def reset_of_orig_proto(world):
    app = world.http2_app(lambda stream: stream.cancel(8))
    service = world.service().balanced(endpoint(app, h2=True))
    answered = service.ask()
    expect_equal(answered.status, 502, "status")

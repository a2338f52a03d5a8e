# SPDX-License-Identifier: Apache-2.0
"""Upgrades and CONNECT: HTTP that becomes raw bytes."""

from behaviours.answers import endpoint
from behaviours.frame import case, expect, expect_equal
from behaviours.http1 import response
from behaviours.sockets import read_exactly
from behaviours.world import World

_UPGRADE = ("GET /chat HTTP/1.1\r\nhost: chat.example\r\nconnection: upgrade\r\n"
            "upgrade: foobar\r\n\r\n")


def open_world(binaries):
    return World(binaries)


def _services(world, respond):
    plain, meshed = world.http1_app(respond), world.http1_app(respond, member="s")
    return [("outbound", world.service().balanced(endpoint(plain)), plain),
            ("meshed", world.service().balanced(world.meshed(meshed)), meshed)]


def _tunnel(head, first=b""):
    """Answers with `head`, then echoes in capitals."""
    def respond(_, connection):
        connection.sendall(head + first)
        while data := connection.recv(65536):
            connection.sendall(data.upper())
    return respond


_SWITCHED = (b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\n"
             b"upgrade: foobar\r\n\r\n")


@case("upgrades", "an upgrade that is granted is a tunnel for any bytes")
def upgrade(world):
    for way, service, app in _services(world, _tunnel(_SWITCHED, b"early")):
        with service.http1() as client:
            client.send(_UPGRADE)
            head = client.reader.head()
            expect_equal((head.status, head.get("upgrade")), (101, "foobar"), way)
            expect_equal(client.reader.exactly(5), b"early", f"{way}: right behind the 101")
            client.send(b"\x00any bytes")
            expect_equal(client.reader.exactly(10), b"\x00ANY BYTES", way)
        seen = app.requests[-1]
        expect_equal((seen.get("upgrade"), (seen.get("connection") or "").lower()),
                     ("foobar", "upgrade"), f"{way}: the application saw")


@case("upgrades that are refused", "an upgrade that is refused is an ordinary answer, and the"
      " connection ends behind it: what comes there may be no request")
def refused(world):
    for way, service, app in _services(world, lambda *_: response(200, b"no")):
        with service.http1() as client:
            client.send(_UPGRADE)
            answered = client.answer()
            expect_equal((answered.status, answered.body), (200, b"no"), way)
            expect_equal(answered.get("connection"), "close", way)
            expect(client.is_ended(), f"{way}: the connection goes on")
        expect_equal(len(app.requests), 1, f"{way}: requests")


@case("h2c stripped", "an upgrade to h2c is not passed on, nor honoured")
def h2c(world):
    for way, service, app in _services(world, lambda *_: response(200, b"no")):
        with service.http1() as client:
            client.send("GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade, http2-settings\r\n"
                        "upgrade: h2c\r\nhttp2-settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n")
            answered = client.answer()
            expect_equal((answered.status, answered.get("upgrade")), (200, None), way)
        seen = app.requests[-1]
        expect_equal([seen.get(name) for name in ("upgrade", "http2-settings", "connection")],
                     [None, None, None], f"{way}: the application saw")


@case("CONNECT good", "CONNECT that is granted is a tunnel")
def connect(world):
    granted = b"HTTP/1.1 200 OK\r\n\r\n"
    for way, service, app in _services(world, _tunnel(granted)):
        with service.http1() as client:
            client.send("CONNECT transparency.test:443 HTTP/1.1\r\n"
                        "host: transparency.test:443\r\n\r\n")
            answered = client.answer("CONNECT")
            expect_equal((answered.status, answered.get("content-length"),
                          answered.get("transfer-encoding")), (200, None, None), way)
            client.send(b"through")
            expect_equal(client.reader.exactly(7), b"THROUGH", way)
        expect_equal(app.requests[-1].start, "CONNECT transparency.test:443 HTTP/1.1", way)


@case("CONNECT good", "bytes that a client sends right behind its CONNECT are not lost")
def connect_early(world):
    for way, service, _ in _services(world, _early):
        with service.http1() as client:
            client.send("CONNECT a.test:443 HTTP/1.1\r\nhost: a.test:443\r\n\r\nearly")
            expect_equal(client.answer("CONNECT").status, 200, way)
            expect_equal(client.reader.exactly(5), b"early", way)


def _early(_, connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    connection.sendall(read_exactly(connection, 5))
    connection.recv(1)


@case("CONNECT good", "CONNECT that the server refuses is an ordinary answer")
def connect_refused(world):
    for way, service, _ in _services(world, lambda *_: response(403, b"never")):
        with service.http1() as client:
            client.send("CONNECT a.test:443 HTTP/1.1\r\nhost: a.test:443\r\n\r\n")
            answered = client.answer("CONNECT")
            expect_equal((answered.status, answered.body), (403, b"never"), way)


@case("CONNECT bad", "CONNECT with a path or an absolute target, or over HTTP/1.0, is 400 and"
      " reaches nobody")
def connect_bad(world):
    for way, service, app in _services(world, lambda *_: response()):
        for line in ("CONNECT / HTTP/1.1", "CONNECT http://a.test/ HTTP/1.1",
                     "CONNECT a.test:443 HTTP/1.0"):
            with service.http1() as client:
                client.send(f"{line}\r\nhost: a.test\r\n\r\n")
                expect_equal(client.answer().status, 400, f"{way}: {line}")
        expect(not app.requests, f"{way}: the application saw {app.requests}")

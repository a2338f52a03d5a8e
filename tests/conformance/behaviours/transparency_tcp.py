# SPDX-License-Identifier: Apache-2.0
"""Raw bytes both ways, and connections that must not be made."""

import socket
import ssl
import threading
import time

from behaviours.answers import detected, endpoint, forward, opaque
from behaviours.control_plane import says, usual_server
from behaviours.frame import case, expect, expect_equal
from behaviours.sockets import Listener, connect, is_reset, read_exactly, read_to_end
from behaviours.world import World
from lab.certificates import make_leaf
from lab.netns import INBOUND_PORT, OUTBOUND_PORT
from lab.process import wait_until


# No start of a request line.
_HELLO = b"custom tcp hello\n"


def open_world(binaries):
    return World(binaries, OUTBOUND_DETECT_TIMEOUT="1s", INBOUND_DETECT_TIMEOUT="1s")


def _greet(connection):
    """The server speaks first."""
    connection.sendall(b"220 welcome\r\n")
    connection.sendall(b"you said " + read_exactly(connection, len(_HELLO)))


def _answer(connection):
    connection.sendall(b"you said " + read_exactly(connection, len(_HELLO)))


def _app(world, serve, member="o"):
    return world.until_closed(Listener(world[member], world[member].ipv4, 0, serve))


def _outbound(world, app, policy=detected, meshed=False):
    told = world.meshed(app, h2=False) if meshed else endpoint(app)
    service = world.service()
    service.plane.on("Watch", service.address, says(policy(forward(told))))
    return connect(world["c"], service.ip, service.port)


def _converse(connection, greets):
    if greets:
        expect_equal(read_exactly(connection, 13), b"220 welcome\r\n", "the greeting")
    connection.sendall(_HELLO)
    expect_equal(read_to_end(connection), b"you said " + _HELLO, "the answer")
    connection.close()


@case("TCP outbound, client first", "raw bytes pass outbound, the client speaking first")
def outbound_client_first(world):
    app = _app(world, lambda c: (_answer(c), c.close()))
    _converse(_outbound(world, app), False)
    expect_equal(len(app.accepted), 1, "connections at the application")


@case("TCP inbound, client first", "raw bytes pass inbound, the client speaking first")
def inbound_client_first(world):
    app = _app(world, lambda c: (_answer(c), c.close()), "s")
    _converse(connect(world["o"], app.host, app.port), False)


@case("TCP outbound, client first", "bytes that might be half a request line are waited on up to"
      " the detect timeout; Linkerd's proxy takes the first read for all there is")
def half_a_line(world):
    def serve(connection):
        connection.sendall(read_exactly(connection, 5))
        connection.close()
    app = _app(world, serve)
    connection = _outbound(world, app, lambda backend: detected(backend, timeout=1))
    began = time.monotonic()
    connection.sendall(b"hello")
    expect_equal(read_to_end(connection), b"hello", "the echo")
    took = time.monotonic() - began
    expect(0.8 < took < 2.5, f"it took {took:.2f} s, not the detect timeout's 1 s")


@case("TCP, server first", "a server that speaks first is heard after a tenth of the detect"
      " timeout")
def server_first(world):
    app, meshed = (_app(world, lambda c: (_greet(c), c.close()), each) for each in "os")
    soon = {"detect": {"timeout": {"seconds": 1}}}
    world.planes["server"].on("WatchPort", meshed.port, says(usual_server(**soon)))
    connect(world["o"], meshed.host, meshed.port).close()
    world.planes["server"].wait_calls("WatchPort", meshed.port)

    def policy(backend):
        return detected(backend, timeout=1)
    for way, dial, least in (
            ("outbound", lambda: _outbound(world, app, policy), 0.08),
            ("inbound", lambda: connect(world["o"], meshed.host, meshed.port), 0.08),
            ("meshed", lambda: _outbound(world, meshed, policy, True), 0.08)):
        began = time.monotonic()
        _converse(dial(), True)
        took = time.monotonic() - began
        expect(least < took < 0.7, f"{way}: it took {took:.2f} s")


@case("TCP, server first, opaque", "a server that speaks first is heard at once where the port is"
      " opaque")
def server_first_opaque(world):
    app, meshed = (_app(world, lambda c: (_greet(c), c.close()), each) for each in "os")
    world.planes["server"].on("WatchPort", meshed.port, says(usual_server(opaque={})))
    with connect(world["o"], meshed.host, meshed.port) as warms:
        expect_equal(read_exactly(warms, 3), b"220", "inbound, policy asked for")
    for way, connection in (
            ("outbound", _outbound(world, app, opaque)),
            ("inbound", connect(world["o"], meshed.host, meshed.port))):
        began = time.monotonic()
        _converse(connection, True)
        expect(time.monotonic() - began < 0.6, f"{way}: it waited")


@case("TCP, server first, profile says opaque", "a profile's opaque_protocol spares detection")
def profile_opaque(world):
    app = _app(world, lambda c: (_greet(c), c.close()))
    service = world.service()
    service.plane.on("GetProfile", service.address, says({"opaque_protocol": True}))
    service.plane.on("Watch", service.address, says(detected(forward(endpoint(app)))))
    began = time.monotonic()
    _converse(connect(world["c"], service.ip, service.port), True)
    expect(time.monotonic() - began < 0.6, "it waited for detection")


def _serve_tls(world, greets):
    make_leaf(world.directory, "app", "app.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(world.path("app.pem"))

    def serve(connection):
        with context.wrap_socket(connection, server_side=True) as secret:
            (_greet if greets else _answer)(secret)
            secret.unwrap()
    return serve


@case("TLS of the application", "an application's own TLS passes untouched, outbound and inbound,"
      " whoever speaks first within")
def application_tls(world):
    context = ssl.create_default_context(cadata=world.anchors)
    for greets in (False, True):
        serve = _serve_tls(world, greets)
        app, meshed = _app(world, serve), _app(world, serve, "s")
        for connection in (_outbound(world, app), connect(world["o"], meshed.host, meshed.port)):
            secret = context.wrap_socket(connection, server_hostname="app.example")
            _converse(secret, greets)
    metrics = world.metrics("server")
    passed = metrics.sum("tcp_open_total", direction="inbound", peer="src", tls="opaque",
                         sni="app.example")
    expect_equal(passed, 2, "connections counted as TLS passed through")


@case("half-close", "a client that has closed its half still gets the whole answer, and a server"
      " that closes its half the whole request")
def half_close(world):
    def sums(connection):
        connection.sendall(str(len(read_to_end(connection))).encode())
        connection.shutdown(socket.SHUT_WR)

    for policy in (detected, opaque):
        for meshed, member in ((False, "o"), (True, "s")):
            app = _app(world, sums, member)
            connection = _outbound(world, app, policy, meshed)
            connection.sendall(b"\x00" * 300000)
            connection.shutdown(socket.SHUT_WR)
            expect_equal(read_to_end(connection), b"300000", f"the count, meshed {meshed}")
    got = []

    def says_goodbye(connection):
        connection.sendall(b"bye")
        connection.shutdown(socket.SHUT_WR)
        got.append(len(read_to_end(connection)))
    connection = _outbound(world, _app(world, says_goodbye), opaque)
    expect_equal(read_to_end(connection), b"bye", "the server's last words")
    connection.sendall(b"\x00" * 100000)
    connection.close()
    wait_until(lambda: got == [100000], 5, "all bytes after the server's half-close")


@case("connections end together", "when the server ends, the client is told, and the other way"
      " round")
def ends_together(world):
    ended = threading.Event()

    def waits(connection):
        read_to_end(connection)
        ended.set()
    connection = _outbound(world, _app(world, waits), opaque)
    connection.sendall(b"x")
    connection.close()
    expect(ended.wait(5), "the server was not told")
    connection = _outbound(world, _app(world, lambda c: c.close()), opaque)
    expect_equal(read_to_end(connection), b"", "what the client read")


@case("large transfers", "10 MB pass both ways at once, whole")
def large(world):
    def echo(connection):
        while data := connection.recv(65536):
            connection.sendall(data)
        connection.close()
    connection = _outbound(world, _app(world, echo, "s"), meshed=True)
    sent = bytes(range(256)) * 40000

    def send():
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
    threading.Thread(target=send, daemon=True).start()
    expect(read_to_end(connection) == sent, "the echo is not what was sent")


@case("TCP connect fails", "a raw connection to what refuses is reset, not left open")
def refused(world):
    app = _app(world, _answer)
    app.close()
    connection = _outbound(world, app, opaque)
    connection.sendall(b"hello")
    began = time.monotonic()
    expect(is_reset(connection), "it ended as if all were well")
    expect(time.monotonic() - began < 5, "it took too long")


@case("loops refused, outbound", "a connection to the proxy's own outbound port ends unserved")
def outbound_loop(world):
    with connect(world["c"], "127.0.0.1", OUTBOUND_PORT) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        try:
            expect_equal(connection.recv(1), b"", "what was answered")
        except ConnectionResetError:
            pass
    expect_equal(world.admin("client", "/live").status, 200, "/live")


@case("loops refused, inbound", "a connection to the proxy's own inbound port ends unserved")
def inbound_loop(world):
    with connect(world["o"], world["s"].ipv4, INBOUND_PORT) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        try:
            expect_equal(connection.recv(1), b"", "what was answered")
        except ConnectionResetError:
            pass
    expect_equal(world.admin("server", "/live").status, 200, "/live")


@case("loops refused, outbound", "an endpoint that is the proxy's own outbound port is refused;"
      " other endpoints on loopback, which Linkerd's proxy refuses, are the control plane's to"
      " give")
def own_endpoint(world):
    service = world.service()
    told = endpoint(("127.0.0.1", OUTBOUND_PORT))
    service.plane.on("Watch", service.address, says(detected(forward(told, 0.3))))
    answered = service.ask()
    expect_equal((answered.status, answered.get("l5d-proxy-error") is not None), (508, True),
                 "status")

# SPDX-License-Identifier: Apache-2.0
"""What the metrics say of connections, bytes, and errors of connections."""

import contextlib
import time

from behaviours import http1
from behaviours.answers import detected, endpoint, forward, opaque
from behaviours.control_plane import says, usual_server
from behaviours.frame import case, expect, expect_equal
from behaviours.http1 import response
from behaviours.sockets import Listener, connect, connect_tls, read_exactly
from behaviours.world import CLIENT_ID, SERVER_ID, World
from lab.netns import INBOUND_PORT
from lab.process import wait_until


def open_world(binaries):
    return World(binaries, INBOUND_DETECT_TIMEOUT="500ms")


def _echo(connection):
    while data := connection.recv(65536):
        connection.sendall(data)
    connection.close()


class _Way:
    """Raw bytes through one proxy alone: `src` is the client's connection, `dst` the other one."""

    def __init__(self, world, direction, listener):
        self.world, self.direction, self.app = world, direction, listener
        self.proxy = "client" if direction == "outbound" else "server"
        self.to = (listener.host, listener.port)
        self._target = f"{listener.host}:{listener.port}"
        if direction == "outbound":
            service = world.service()
            service.plane.on("Watch", service.address, says(opaque(forward(endpoint(listener)))))
            self.to = (service.ip, service.port)
        self.addresses = {"src": f"{self.to[0]}:{self.to[1]}", "dst": self._target}

    def connect(self):
        return connect(self.world["c" if self.direction == "outbound" else "o"], *self.to)

    def expect(self, wanted, metric, peer, **labels):
        self.world.wait_metric(self.proxy, wanted, metric, direction=self.direction, peer=peer,
                               target_addr=self.addresses[peer], **labels)


def _ways(world, serve=_echo):
    """For each direction."""
    made = []
    for direction, member in (("inbound", "s"), ("outbound", "o")):
        listener = world.until_closed(Listener(world[member], world[member].ipv4, 0, serve))
        made.append(_Way(world, direction, listener))
    return made


def _hello(client):
    client.sendall(b"not http at all: hello")
    expect_equal(read_exactly(client, 22), b"not http at all: hello", "the echo")


@case("TCP accept, connect, open and close", "each raw connection is counted open on both sides,"
      " and closed when it has ended")
def raw_connections(world):
    for way in _ways(world):
        first, second = way.connect(), way.connect()
        for client in (first, second):
            _hello(client)
        for peer in ("src", "dst"):
            way.expect(2, "tcp_open_total", peer)
            way.expect(2, "tcp_open_connections", peer)
            way.expect(0, "tcp_close_total", peer)
        first.close()
        for peer in ("src", "dst"):
            way.expect(1, "tcp_open_connections", peer)
            way.expect(1, "tcp_close_total", peer, errno="")
            way.expect(2, "tcp_open_total", peer)
        second.close()
        for peer in ("src", "dst"):
            way.expect(0, "tcp_open_connections", peer)
            way.expect(2, "tcp_close_total", peer, errno="")


@case("TCP bytes", "bytes read of one side are those written to the other")
def raw_bytes(world):
    def serve(connection):
        read_exactly(connection, 1000)
        connection.sendall(b"x" * 345)
        connection.close()
    for way in _ways(world, serve):
        with way.connect() as client:
            client.sendall(b"\x00" * 1000)
            read_exactly(client, 345)
        for metric, peer, count in (("tcp_read_bytes_total", "src", 1000),
                                    ("tcp_write_bytes_total", "dst", 1000),
                                    ("tcp_read_bytes_total", "dst", 345),
                                    ("tcp_write_bytes_total", "src", 345)):
            way.expect(count, metric, peer)


def _http_ways(world):
    made = []
    for direction, member in (("inbound", "s"), ("outbound", "o")):
        app = world.http1_app(lambda *_: response(200, b"hello"), member=member)
        way = _Way(world, direction, app)
        if direction == "outbound":
            service = world.service()
            service.plane.on("Watch", service.address, says(detected(forward(endpoint(app)))))
            way.to = (service.ip, service.port)
            way.addresses["src"] = service.address
        made.append(way)
    return made


@case("HTTP accept, connect, open and close", "each HTTP connection is counted on both sides, a"
      " kept one of the server once for all its clients")
def http_connections(world):
    for way in _http_ways(world):
        for _ in range(3):
            with http1.Client(None, *way.to, socket=way.connect()) as client:
                expect_equal(client.ask().status, 200, "status")
                expect_equal(client.ask().status, 200, "status")
                way.expect(1, "tcp_open_connections", "src")
        way.expect(3, "tcp_open_total", "src")
        way.expect(3, "tcp_close_total", "src")
        way.expect(0, "tcp_open_connections", "src")
        way.expect(1, "tcp_open_total", "dst")


@case("HTTP bytes", "the bytes of an HTTP exchange are counted as they were on the wire")
def http_bytes(world):
    for way in _http_ways(world):
        asked = b"GET /bytes HTTP/1.1\r\nhost: a.test\r\n\r\n"
        with http1.Client(None, *way.to, socket=way.connect()) as client:
            client.send(asked)
            client.answer()
        way.expect(len(asked), "tcp_read_bytes_total", "src")
        way.expect(len(response(200, b"hello")), "tcp_read_bytes_total", "dst")


@case("connect errors", "a connection that is refused is closed with its errno, and not counted"
      " open")
def refused(world):
    for way in _ways(world):
        way.app.close()
        with contextlib.suppress(OSError), way.connect() as client:
            client.sendall(b"not http at all: hello")
            client.recv(1)
        way.expect(1, "tcp_close_total", "src")
        way.expect(0, "tcp_open_connections", "src")
        way.expect(0, "tcp_open_connections", "dst")


@case("TLS labels", "connections by mutual TLS have the peer's identity")
def tls_labels(world):
    app = world.http1_app(member="s")
    service = world.service().balanced(world.meshed(app))
    service.ask()
    target = f"{app.host}:{app.port}"
    world.wait_metric("client", 1, "tcp_open_total", direction="outbound", peer="dst",
                      target_addr=target, tls="true", server_id=SERVER_ID)
    world.wait_metric("server", 1, "tcp_open_total", direction="inbound", peer="src",
                      target_addr=target, tls="true", client_id=CLIENT_ID)


# Errors of inbound connections, by kind.

def _errors(world):
    """{(error, target_port): count}"""
    found = {}
    for labels, value in world.metrics("server").matching("inbound_tcp_errors_total"):
        if value:
            found[labels["error"], int(labels["target_port"])] = value
    return found


def _new_errors(world, port, act):
    act()
    wait_until(lambda: any(each == port for _, each in _errors(world)), 5,
               f"an error of port {port}")
    return {error: count for (error, each), count in _errors(world).items() if each == port}


@case("inbound TCP errors: TLS detection timeout", "a client that says nothing is no error: after"
      " the timeout it is taken for raw bytes, where Linkerd's proxy ends it")
def silent(world):
    app = world.until_closed(Listener(world["s"], world["s"].ipv4, 0, _echo))
    world.planes["server"].on("WatchPort", app.port, says(usual_server(
        detect={"timeout": {"nanos": 300000000}})))
    with connect(world["o"], app.host, app.port) as client:
        wait_until(lambda: app.accepted, 5, "a connection to the application")
        _hello(client)
    expect_equal({key for key in _errors(world) if key[1] == app.port}, set(), "errors")


@case("inbound TCP errors: i/o", "a refused application is an error of its port, with its kind")
def io_error(world):
    app = world.until_closed(Listener(world["s"], world["s"].ipv4, 0, _echo))
    app.close()

    def act():
        with connect(world["o"], app.host, app.port) as client, contextlib.suppress(OSError):
            client.sendall(b"not http at all: hello")
            client.recv(1)
    seen = _new_errors(world, app.port, act)
    expect_equal((len(seen), sum(seen.values())), (1, 1), f"errors {seen}")
    again = _new_errors(world, app.port, act)
    expect_equal(sum(again.values()), 2, f"errors after a second one {again}")


@case("inbound TCP errors: policy", "a client that policy denies is counted by port as denied")
def denied(world):
    app = world.until_closed(Listener(world["s"], world["s"].ipv4, 0, _echo))
    server = usual_server(opaque={})
    del server.authorizations[:]
    world.planes["server"].on("WatchPort", app.port, says(server))

    def is_denied():
        with connect(world["o"], app.host, app.port) as client, contextlib.suppress(OSError):
            client.settimeout(1)
            client.sendall(b"hello")
            client.recv(1)
        return world.metrics("server").sum("inbound_tcp_authz_deny_total",
                                           target_port=str(app.port)) > 0
    wait_until(is_denied, 5, "a count of denied connections")


@case("inbound TCP errors: direct", "a connection to the proxy's own port is counted: without TLS,"
      " and with TLS but without a header; one with all is not")
def direct(world):
    def bare():
        with connect(world["o"], world["s"].ipv4, INBOUND_PORT) as client, \
                contextlib.suppress(OSError):
            client.sendall(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
            client.recv(1)
    first = _new_errors(world, INBOUND_PORT, bare)
    expect_equal(sum(first.values()), 1, f"errors of plain bytes {first}")

    def headless():
        with connect_tls(world["o"], world["s"].ipv4, INBOUND_PORT, SERVER_ID, world.anchors,
                         world.leaf("client", CLIENT_ID), ["transport.l5d.io/v1"]) as client:
            client.sendall(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
            with contextlib.suppress(OSError):
                client.recv(1)
    headless()
    wait_until(lambda: sum(count for (_, port), count in _errors(world).items()
                           if port == INBOUND_PORT) == 2, 5, "a second error")
    app = world.http1_app(member="s")
    told = world.meshed(app, transport_port=INBOUND_PORT)
    expect_equal(world.service().balanced(told).ask().status, 200, "with all")
    time.sleep(0.2)
    after = sum(count for (_, port), count in _errors(world).items() if port == INBOUND_PORT)
    expect(after == 2, f"{after} errors after a good one, not 2")


@case("inbound TCP errors: invalid IP", "a connection to an address that is not the pod's is"
      " refused and counted")
def invalid_ip(binaries):
    with World(binaries, ["server"], INBOUND_IPS="10.99.0.77") as world:
        app = world.until_closed(Listener(world["s"], world["s"].ipv4, 0, _echo))

        def act():
            with connect(world["o"], app.host, app.port) as client, contextlib.suppress(OSError):
                client.sendall(b"hello")
                expect_equal(client.recv(1), b"", "what came back")
        expect_equal(sum(_new_errors(world, app.port, act).values()), 1, "errors")
        expect(not app.accepted, "the application was reached")

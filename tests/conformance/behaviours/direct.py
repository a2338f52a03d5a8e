# SPDX-License-Identifier: Apache-2.0
"""Transfers between two proxies by transport header."""

from behaviours.answers import detected, forward, opaque
from behaviours.control_plane import says
from behaviours.frame import case, expect, expect_equal
from behaviours.sockets import Listener, connect, read_exactly
from behaviours.world import CLIENT_ID, World
from lab.netns import INBOUND_PORT


def open_world(binaries):
    return World(binaries)


def _headers(world, session, port):
    return world.metrics("server").sum("inbound_tcp_transport_header_connections_total",
                                       session_protocol=session, target_port=str(port))


@case("h2-hinted", "HTTP to an endpoint with a transport port goes to the other proxy's own port by"
      " mutual TLS, with the session's protocol in the header")
def http2_hinted(world):
    app = world.http2_app(member="s")
    told = world.meshed(app, h2=True, transport_port=INBOUND_PORT)
    service = world.service().balanced(told)
    with service.http2() as client:
        for _ in range(3):
            expect_equal(client.ask().status, 200, "status")
    one = world.http1_app(member="s")
    answered = world.service().balanced(
        world.meshed(one, h2=True, transport_port=INBOUND_PORT)).ask()
    expect_equal((answered.status, answered.body), (200, b"hello"), "HTTP/1")
    expect_equal(one.requests[0].get("l5d-client-id"), CLIENT_ID, "the client's identity")
    expect_equal(_headers(world, "http/2", app.port), 1, "connections with a transport header")


@case("opaque-hinted", "raw bytes to an endpoint with a transport port go there, too, and no HTTP"
      " is seen in them")
def opaque_hinted(world):
    def serve(connection):
        connection.sendall(b"greeting " + read_exactly(connection, 3))
        connection.close()
    app = world.until_closed(Listener(world["s"], world["s"].ipv4, 0, serve))
    told = world.meshed(app, h2=False, transport_port=INBOUND_PORT, opaque=True)
    for policy in (opaque, detected):
        service = world.service()
        service.plane.on("Watch", service.address, says(policy(forward(told))))
        with connect(world["c"], service.ip, service.port) as client:
            client.sendall(b"abc\n" * 5)
            expect_equal(read_exactly(client, 12), b"greeting abc", "the answer")
    metrics = world.metrics("server")
    seen = metrics.sum("inbound_tcp_transport_header_connections_total",
                       target_port=str(app.port))
    expect_equal(seen, 2, "connections with a transport header")
    expect_equal(metrics.sum("request_total", direction="inbound", target_port=str(app.port)), 0,
                 "requests seen in raw bytes")


@case("without a header", "a connection to the proxy's own port without mutual TLS and header ends"
      " unserved")
def bare(world):
    app = world.http1_app(member="s")
    with connect(world["o"], world["s"].ipv4, INBOUND_PORT) as client:
        client.sendall(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        try:
            expect_equal(client.recv(1), b"", "what was answered")
        except ConnectionResetError:
            pass
    expect(not app.requests, "the application was reached")

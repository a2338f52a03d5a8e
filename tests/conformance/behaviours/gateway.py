# SPDX-License-Identifier: Apache-2.0
"""The gateway: the proxy `server` is one for the proxy `client`, whose endpoints name services that
the control plane of `server` knows."""

from behaviours.answers import add, detected, endpoint, forward
from behaviours.control_plane import says
from behaviours.frame import case, expect, expect_equal
from behaviours.sockets import Listener, connect, read_exactly
from behaviours.world import CLIENT_ID, SERVER_ID, World
from lab.netns import INBOUND_PORT


def open_world(binaries):
    return World(binaries, INBOUND_GATEWAY_SUFFIXES="svc.cluster.local")


def _mirrored(world, name, **options):
    """An endpoint that is a service of the other cluster, behind its gateway."""
    told = world.meshed((world["s"].ipv4, INBOUND_PORT), transport_port=INBOUND_PORT, **options)
    return {**told, "authority_override": {"authority_override": name}}


def _known(world, name, app):
    """The gateway's control plane has a profile of it, and this endpoint."""
    plane = world.planes["server"]
    plane.on("GetProfile", name, says({"fully_qualified_name": name.partition(":")[0]}))
    plane.on("Get", name, says(add(endpoint(app))))


def _errors(world, error):
    return world.metrics("server").sum("inbound_http_errors_total", error=error)


@case("forward", "HTTP/1 and HTTP/2 requests go to the service that the transport header names, and"
      " say for whom")
def requests(world):
    name = "web.test.svc.cluster.local:8080"
    app = world.http1_app()
    _known(world, name, app)
    service = world.service().balanced(_mirrored(world, name, h2=False))
    expect_equal(service.ask(headers=[("forwarded", "for=1.2.3.4")]).status, 200, "status")
    upgraded = world.service().balanced(_mirrored(world, name, h2=True))
    with upgraded.http1() as client:
        for _ in range(3):
            expect_equal(client.ask().status, 200, "status over HTTP/2")
    for each in app.requests:
        told = [value for key, value in each.headers if key.lower() == "forwarded"]
        expect(told[-1].startswith(f"by={SERVER_ID};for={CLIENT_ID};host="), f"forwarded: {told}")
        expect(told[-1].endswith(";proto=https"), f"forwarded: {told}")
        expect_equal(each.get("l5d-client-id"), None, "the client's identity")
    for protocol in ("http/1", "http/2"):
        seen = world.metrics("server").sum("inbound_tcp_transport_header_connections_total",
                                           target_name=name.partition(":")[0],
                                           target_port="8080", session_protocol=protocol)
        expect_equal(seen, 1, f"connections with a transport header for {protocol}")


@case("forward", "raw bytes go there, too")
def raw(world):
    def serve(connection):
        connection.sendall(b"greeting " + read_exactly(connection, 3))
        connection.close()
    name = "raw.test.svc.cluster.local:9000"
    _known(world, name, world.until_closed(Listener(world["o"], world["o"].ipv4, 0, serve)))
    service = world.service()
    told = _mirrored(world, name, h2=False, opaque=True)
    service.plane.on("Watch", service.address, says(detected(forward(told))))
    with connect(world["c"], service.ip, service.port) as client:
        client.sendall(b"abc\n" * 5)
        expect_equal(read_exactly(client, 12), b"greeting abc", "the answer")


@case("domain invalid", "a name that is under no suffix, or that has no profile, is not found")
def invalid(world):
    before = _errors(world, "gateway domain invalid")
    for name in ("web.test.example.com:8080", "nobody.test.svc.cluster.local:8080"):
        service = world.service().balanced(_mirrored(world, name, h2=True))
        with service.http1() as client:
            for _ in range(2):
                expect_equal(client.ask().status, 404, name)
    expect_equal(_errors(world, "gateway domain invalid") - before, 4, "errors")
    expect(not world.planes["server"].calls("GetProfile", "web.test.example.com:8080"),
           "a name under no suffix was asked for")


@case("loop", "a request that has passed this gateway before gets 508")
def loop(world):
    name = "loop.test.svc.cluster.local:8080"
    app = world.http1_app()
    _known(world, name, app)
    service = world.service().balanced(_mirrored(world, name, h2=True))
    passed = f"by={SERVER_ID};for={CLIENT_ID};host=x;proto=https"
    expect_equal(service.ask(headers=[("forwarded", passed)]).status, 508, "status")
    expect_equal(_errors(world, "gateway loop"), 1, "errors")
    expect(not app.requests, "the application was reached")

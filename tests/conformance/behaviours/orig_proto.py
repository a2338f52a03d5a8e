# SPDX-License-Identifier: Apache-2.0
"""What the proxies tell each other of HTTP/1 that rides HTTP/2."""

from behaviours import http2
from behaviours.answers import endpoint
from behaviours.frame import case, expect_equal
from behaviours.http1 import response
from behaviours.http2 import answer
from behaviours.sockets import connect_tls
from behaviours.world import CLIENT_ID, SERVER_ID, World


def open_world(binaries):
    return World(binaries)


@case("outbound", "an HTTP/1 request to an endpoint with the HTTP/2 hint carries l5d-orig-proto,"
      " and the client sees nothing of it")
def outbound(world):
    app = world.http2_app(lambda stream: answer(stream.wait(), 200, b"hello", [
        ("l5d-orig-proto", "HTTP/1.1")]))
    service = world.service().balanced(endpoint(app, h2=True))
    answered = service.ask()
    expect_equal((answered.status, answered.start.split()[0], answered.get("l5d-orig-proto")),
                 (200, "HTTP/1.1", None), "the answer")
    expect_equal(app.requests[0].get("l5d-orig-proto"), "HTTP/1.1", "the endpoint saw")
    with service.http1() as client:
        client.send("GET http://a.test/ HTTP/1.1\r\nhost: a.test\r\n\r\n")
        client.answer()
    expect_equal(app.requests[1].get("l5d-orig-proto"), "HTTP/1.1; absolute-form",
                 "the endpoint saw of an absolute target")
    with service.http2() as client:
        client.ask()
    expect_equal(app.requests[2].get("l5d-orig-proto"), None, "the endpoint saw of HTTP/2")


@case("inbound", "l5d-orig-proto of a peer turns HTTP/2 back into HTTP/1, the application sees"
      " nothing of it, and the answer says what it was")
def inbound(world):
    app = world.http1_app(lambda *_: response(200, b"hello"), member="s")
    secret = connect_tls(world["o"], app.host, app.port, SERVER_ID, world.anchors,
                         world.leaf("client", CLIENT_ID))
    with http2.Client(world["o"], app.host, app.port, socket=secret) as client:
        stream = client.ask("/p", headers=[("l5d-orig-proto", "HTTP/1.1")])
        expect_equal((stream.status, stream.get("l5d-orig-proto")), (200, "HTTP/1.1"), "answered")
        client.ask("/q", headers=[("l5d-orig-proto", "HTTP/1.1; absolute-form")])
    expect_equal([each.start for each in app.requests],
                 ["GET /p HTTP/1.1", f"GET http://{app.host}:{app.port}/q HTTP/1.1"],
                 "the application saw")
    expect_equal([each.get("l5d-orig-proto") for each in app.requests], [None, None],
                 "l5d-orig-proto at the application")


def _ridden(world):
    return world.metrics("client").sum("seine_http1_over_http2_requests_total",
                                       direction="outbound")


@case("both", "between two proxies neither the application nor the client sees l5d-orig-proto")
def both(world):
    app = world.http1_app(member="s")
    before = _ridden(world)
    answered = world.service().balanced(world.meshed(app)).ask()
    expect_equal((answered.status, answered.get("l5d-orig-proto"),
                  app.requests[0].get("l5d-orig-proto")), (200, None, None), "seen")
    expect_equal(_ridden(world) - before, 1, "requests of HTTP/1 that rode HTTP/2")

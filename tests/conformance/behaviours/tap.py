# SPDX-License-Identifier: Apache-2.0
"""Tap: who may, and what it shows."""

from behaviours import http2
from behaviours.answers import endpoint
from behaviours.frame import case, expect, expect_equal
from behaviours.http1 import response
from behaviours.http2 import answer
from behaviours.messages import framed, kind, message, unframed
from behaviours.sockets import connect, connect_tls
from behaviours.world import SERVER_ID, TAP_PORT, World

_TAPPER = "tap.test.serviceaccount.identity.linkerd.cluster.local"
_STRANGER = "stranger.test.serviceaccount.identity.linkerd.cluster.local"
_OBSERVE = "/io.linkerd.proxy.tap.Tap/Observe"


def open_world(binaries):
    return World(binaries, TAP_SVC_NAME=_TAPPER)


def _tap(world, identity=_TAPPER):
    """A client of the tap port of the proxy `server`."""
    certificate = world.leaf(identity.split(".")[0], identity)
    secret = connect_tls(world["o"], world["s"].ipv4, TAP_PORT, SERVER_ID, world.anchors,
                         certificate)
    return http2.Client(world["o"], world["s"].ipv4, TAP_PORT, socket=secret)


def _observe(client, limit=10, **match):
    """An open stream of what has the path prefix /tapped, or that `match`."""
    wanted = match or {"http": {"path": {"prefix": "/tapped"}}}
    stream = client.start(_OBSERVE, "POST", [("content-type", "application/grpc"),
                                             ("te", "trailers")], end=False)
    stream.send(framed(message("tap.ObserveRequest", limit=limit, match=wanted,
                               extract={"http": {"headers": {}}})), end=True)
    return stream


def _events(stream, count):
    """The first `count` of them."""
    stream.peer.wait(lambda: len(unframed(stream.body)[0]) >= count or stream.over,
                     f"{count} events")
    told = unframed(stream.body)[0]
    expect(len(told) >= count, f"only {len(told)} events: {stream.head} {stream.trailers}")
    return [kind("tap.TapEvent").FromString(each) for each in told[:count]]


def _ended_with(stream):
    stream.wait()
    return dict(stream.trailers or stream.head or ()).get("grpc-status")


@case("enabled only with TAP_SVC_NAME", "without TAP_SVC_NAME nobody listens on the tap port")
def disabled(binaries):
    with World(binaries, ["server"]) as world:
        expect(not _is_listened_on(world), "somebody listens")


def _is_listened_on(world):
    try:
        connect(world["o"], world["s"].ipv4, TAP_PORT, 3).close()
        return True
    except ConnectionRefusedError:
        return False


@case("enabled only with TAP_SVC_NAME", "whom TAP_SVC_NAME names is let in")
def enabled(world):
    with _tap(world) as client:
        stream = _observe(client)
        client.wait(lambda: stream.head is not None, "the head of the answer")
        expect_equal(stream.status, 200, "status")
        expect(not stream.over, "the stream ended")


@case("wrong id rejected", "another identity, or none, is UNAUTHENTICATED")
def wrong_identity(world):
    with _tap(world, _STRANGER) as client:
        expect_equal(_ended_with(_observe(client)), "16", "grpc-status of a stranger")
    with connect(world["o"], world["s"].ipv4, TAP_PORT) as plain:
        try:
            plain.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
            expect_equal(plain.recv(1), b"", "what was said without TLS")
        except (ConnectionResetError, BrokenPipeError):
            pass


@case("limit of zero", "a limit of zero is INVALID_ARGUMENT")
def zero(world):
    with _tap(world) as client:
        expect_equal(_ended_with(_observe(client, 0)), "3", "grpc-status")


def _await_tap(client, stream):
    client.wait(lambda: stream.head is not None, "the head of the answer")


@case("h1 events", "an HTTP/1 exchange is shown by three events, with its facts")
def http1_events(world):
    app = world.http1_app(lambda *_: response(202, b"hello", [("x-back", "b")]), member="s")
    service = world.service().balanced(world.meshed(app))
    with _tap(world) as client:
        stream = _observe(client)
        _await_tap(client, stream)
        service.ask("/other")
        service.ask("/tapped", method="POST", headers=[("x-mine", "a")], body=b"abc",
                    host="some.example")
        init, head, end = _events(stream, 3)
    asked = init.http.request_init
    expect_equal((asked.method.registered, asked.path, asked.authority),
                 (kind("http_types.HttpMethod")(registered=1).registered, "/tapped",
                  "some.example"), "the request")
    shown = {each.name: each.value for each in asked.headers.headers}
    expect_equal(shown.get("x-mine"), b"a", "x-mine")
    expect_equal((head.http.response_init.http_status, end.http.response_end.response_bytes),
                 (202, 5), "status and bytes")
    expect_equal(init.proxy_direction, 1, "direction: inbound")
    expect_equal(init.destination.port, app.port, "the destination's port")
    expect_equal(init.source_meta.labels.get("client_id"),
                 "client.test.serviceaccount.identity.linkerd.cluster.local", "client_id")


def _grpc_end(world, where):
    def respond(stream):
        stream.wait()
        head = [("content-type", "application/grpc")]
        if where == "head":
            answer(stream, 200, headers=[*head, ("grpc-status", "1")])
        else:
            answer(stream, 200, b"\0\0\0\0\0", head, [("grpc-status", "1")])
    app = world.http2_app(respond, member="s")
    service = world.service().balanced(world.meshed(app))
    with _tap(world) as client:
        stream = _observe(client)
        _await_tap(client, stream)
        with service.http2() as caller:
            caller.ask("/tapped", "POST", [("content-type", "application/grpc")], b"")
        end = _events(stream, 3)[2].http.response_end
    expect_equal((end.eos.WhichOneof("end"), end.eos.grpc_status_code), ("grpc_status_code", 1),
                 f"the end, by the {where}")


@case("grpc end in headers", "a gRPC status in the head is the end that is shown")
def grpc_head(world):
    _grpc_end(world, "head")


@case("grpc end in trailers", "a gRPC status in the trailers is the end that is shown")
def grpc_trailers(world):
    _grpc_end(world, "trailers")


@case("limit", "after as many exchanges as asked for the stream ends")
def limited(world):
    app = world.http1_app(member="s")
    service = world.service().balanced(endpoint(app))
    with _tap(world) as client:
        stream = _observe(client, 2)
        _await_tap(client, stream)
        for _ in range(4):
            service.ask("/tapped")
        stream.wait()
        expect_equal(len(unframed(stream.body)[0]), 6, "events")

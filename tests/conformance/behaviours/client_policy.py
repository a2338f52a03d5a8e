# SPDX-License-Identifier: Apache-2.0
"""Routes of the client's policy."""

from behaviours.answers import detected, forward, endpoint, route, rule
from behaviours.control_plane import says
from behaviours.frame import case, expect, expect_equal
from behaviours.http1 import response
from behaviours.http2 import answer
from behaviours.world import World


def open_world(binaries):
    return World(binaries, ["client"])


def _told(world, service, policy):
    world.planes["client"].on("Watch", service.address, says(policy))
    return service


def _two(world):
    """Applications that say which of them answered, as backends."""
    first = world.http1_app(lambda *_: response(200, b"first"))
    second = world.http1_app(lambda *_: response(200, b"second"))
    return first, second, forward(endpoint(first)), forward(endpoint(second))


@case("default HTTP/1 routes", "a default HTTP/1 route takes every request to its backend")
def default_http1(world):
    app = world.http1_app()
    service = _told(world, world.service(), detected(forward(endpoint(app))))
    for path in ("/", "/some/path?query", "/third"):
        expect_equal(service.ask(path).status, 200, path)
    expect_equal([each.target for each in app.requests], ["/", "/some/path?query", "/third"],
                 "the application saw")
    expect_equal(len(service.plane.calls("Watch", service.address)), 1, "policies asked for")


@case("default HTTP/2 routes", "a default HTTP/2 route takes every request to its backend")
def default_http2(world):
    app = world.http2_app()
    service = _told(world, world.service(), detected(forward(endpoint(app))))
    with service.http2() as client:
        for path in ("/", "/other"):
            stream = client.ask(path)
            expect_equal((stream.status, bytes(stream.body)), (200, b"hello"), path)
    expect_equal(len(app.requests), 2, "the application's requests")


@case("empty HTTP/1 routes", "without an HTTP/1 route the answer is 404, and HTTP/2 goes on")
def empty_http1(world):
    app = world.http2_app()
    service = _told(world, world.service(), detected(forward(endpoint(app)), http1=[]))
    expect_equal(service.ask().status, 404, "HTTP/1")
    with service.http2() as client:
        expect_equal(client.ask().status, 200, "HTTP/2")
    expect_equal(len(app.requests), 1, "the application's requests")


@case("empty HTTP/2 routes", "without an HTTP/2 route the answer is 404, and HTTP/1 goes on")
def empty_http2(world):
    app = world.http1_app()
    service = _told(world, world.service(), detected(forward(endpoint(app)), http2=[]))
    with service.http2() as client:
        expect_equal(client.ask().status, 404, "HTTP/2")
    expect_equal(service.ask().status, 200, "HTTP/1")
    expect_equal(len(app.requests), 1, "the application's requests")


@case("header based routing", "a route is chosen by a header, exact and by pattern")
def by_header(world):
    first, second, to_first, to_second = _two(world)
    routes = [route(rule(to_first, [{"headers": [{"name": "x-who", "exact": b"one"}]}])),
              route(rule(to_second, [{"headers": [{"name": "x-who", "regex": "tw.*"}]}]))]
    service = _told(world, world.service(), detected(to_first, http1=routes, http2=routes))
    answers = [service.ask(headers=headers) for headers in (
        [("x-who", "one")], [("x-who", "two")], [("x-who", "a two")], [])]
    expect_equal([each.status for each in answers], [200, 200, 404, 404], "statuses")
    expect_equal([each.body for each in answers[:2]], [b"first", b"second"], "who answered")
    expect_equal((len(first.requests), len(second.requests)), (1, 1), "requests")


@case("path based routing", "a route is chosen by the path, the longer match first")
def by_path(world):
    _, _, to_first, to_second = _two(world)
    routes = [route(rule(to_first, [{"path": {"prefix": "/a"}}])),
              route(rule(to_second, [{"path": {"exact": "/a/special"}},
                                     {"path": {"regex": "/b[0-9]+"}}]))]
    service = _told(world, world.service(), detected(to_first, http1=routes, http2=routes))
    wanted = {"/a": b"first", "/a/x": b"first", "/a/special": b"second", "/b12": b"second",
              "/ab": 404, "/b12/c": 404, "/": 404}
    for path, who in wanted.items():
        seen = service.ask(path)
        expect_equal(seen.status if who == 404 else seen.body, who, path)


@case("default HTTP/2 routes", "over HTTP/2, too, a route is chosen by path and header")
def http2_by_path(world):
    paths = []

    def respond(stream):
        paths.append(stream.get(":path"))
        answer(stream.wait(), 200, b"h2")
    app = world.http2_app(respond)
    to_app = forward(endpoint(app))
    routes = [route(rule(to_app, [{"path": {"prefix": "/in"}, "headers": [
        {"name": "x-who", "exact": b"me"}]}]))]
    service = _told(world, world.service(), detected(to_app, http2=routes))
    with service.http2() as client:
        seen = [client.ask("/in", headers=[("x-who", "me")]).status, client.ask("/in").status,
                client.ask("/out", headers=[("x-who", "me")]).status]
    expect_equal(seen, [200, 404, 404], "statuses")
    expect(paths == ["/in"], f"the application saw {paths}")

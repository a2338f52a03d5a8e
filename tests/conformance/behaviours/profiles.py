# SPDX-License-Identifier: Apache-2.0
"""Retries and timeouts of a profile's routes."""

import threading
import time

from behaviours.answers import add, balancer, detected, endpoint
from behaviours.control_plane import says
from behaviours.frame import case, expect, expect_equal
from behaviours.http1 import response
from behaviours.http2 import answer
from behaviours.messages import duration
from behaviours.world import World

_GENEROUS = {"retry_ratio": 0.5, "min_retries_per_second": 100, "ttl": duration(10)}
_FAILURES = [{"condition": {"status": {"min": 500, "max": 599}}, "is_failure": True}]


def open_world(binaries):
    return World(binaries, ["client"])


def _route(path="/retried.*", retryable=True, timeout=None):
    told = {"condition": {"path": {"regex": path}}, "response_classes": _FAILURES,
            "is_retryable": retryable}
    if timeout:
        told["timeout"] = duration(timeout)
    return told


class _Flaky:
    """An application that fails the first `failures` requests of each path, seen through a
    profile. `seen` are the bodies of the requests that came, by path."""

    def __init__(self, world, *routes, failures=1, status=533, budget=None, version=1):
        self.seen = {}
        self._failures, self._status = failures, status
        self._lock = threading.Lock()
        self.app = (world.http1_app(self._respond1) if version == 1
                    else world.http2_app(self._respond2))
        self.service = world.service()
        plane = self.service.plane
        plane.on("GetProfile", self.service.address, says({
            "fully_qualified_name": self.service.name, "routes": list(routes) or [_route()],
            "retry_budget": _GENEROUS if budget is None else budget}))
        plane.on("Watch", self.service.address, says(detected(balancer(self.service.path))))
        plane.on("Get", self.service.path, says(add(endpoint(self.app))))

    def _fails(self, path, body):
        with self._lock:
            seen = self.seen.setdefault(path, [])
            seen.append(body)
            return len(seen) <= self._failures

    def _respond1(self, request, _):
        fails = self._fails(request.target, request.body)
        return response(self._status if fails else 200, b"failed" if fails else b"done")

    def _respond2(self, stream):
        stream.wait()
        if self._fails(stream.get(":path"), bytes(stream.body)):
            answer(stream, self._status, b"failed" * 100)
        else:
            answer(stream, 200, b"done")

    def expect(self, status, tries, path="/retried", **options):
        answered = self.service.ask(path, **options)
        expect_equal((answered.status, len(self.seen[path])), (status, tries),
                     f"status and tries of {path}")
        return answered


@case("retry allowed", "a request of a retryable route is tried again until it succeeds")
def retries(world):
    answered = _Flaky(world).expect(200, 2)
    expect_equal(answered.body, b"done", "the answer")
    _Flaky(world, failures=3).expect(200, 4)


@case("budget", "retries end with the budget")
def budget(world):
    flaky = _Flaky(world, failures=10 ** 6, budget={
        "retry_ratio": 0.1, "min_retries_per_second": 1, "ttl": duration(1)})
    with flaky.service.http1() as client:
        for _ in range(10):
            expect_equal(client.ask("/retried").status, 533, "status")
    tries = len(flaky.seen["/retried"])
    expect(11 <= tries <= 16, f"{tries} tries of 10 requests")


@case("budget", "without a budget nothing is tried again")
def no_budget(world):
    _Flaky(world, budget={"retry_ratio": 5000.0}).expect(533, 1)


@case("POST bodies", "a POST is tried again with its body")
def post(world):
    flaky = _Flaky(world)
    flaky.expect(200, 2, method="POST", body=b"req has a body")
    expect_equal(flaky.seen["/retried"], [b"req has a body"] * 2, "bodies")


@case("PUT bodies", "a PUT is tried again with its body")
def put(world):
    flaky = _Flaky(world, failures=2)
    flaky.expect(200, 3, method="PUT", body=b"abc" * 1000)
    expect_equal(flaky.seen["/retried"], [b"abc" * 1000] * 3, "bodies")


@case("no content-length", "a body without a length is tried again, too")
def chunked(world):
    flaky = _Flaky(world)
    with flaky.service.http1() as client:
        client.send("POST /retried HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"
                    "3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n")
        expect_equal(client.answer().status, 200, "status")
    expect_equal(flaky.seen["/retried"], [b"abcdefg"] * 2, "bodies")


@case("unlabelled routes not retried", "a route that is not retryable is not tried again")
def not_retryable(world):
    _Flaky(world, _route(retryable=False)).expect(533, 1)


@case("unmatched routes not retried", "a request of no route is not tried again")
def unmatched(world):
    _Flaky(world).expect(533, 1, path="/other")


@case("failure classes", "what the route's classes do not call a failure is not tried again")
def not_a_failure(world):
    _Flaky(world, status=404).expect(404, 1)
    route = _route()
    route["response_classes"] = [{"condition": {"status": {"min": 533, "max": 533}},
                                  "is_failure": False}]
    _Flaky(world, route).expect(533, 1)


@case("body limits", "a body of 64 KiB is tried again, a longer one not")
def limits(world):
    flaky = _Flaky(world)
    flaky.expect(200, 2, method="POST", body=b"x" * 65536)
    flaky = _Flaky(world)
    flaky.expect(533, 1, method="POST", body=b"x" * 65537)


@case("body limits", "a body without a length that turns out longer than 64 KiB arrives whole and"
      " is not tried again")
def long_stream(world):
    flaky = _Flaky(world, version=2)
    with flaky.service.http2() as client:
        stream = client.start("/retried", "POST", end=False)
        for _ in range(9):
            stream.send(b"y" * 8192)
        stream.send(b"", end=True)
        expect_equal(stream.wait().status, 533, "status")
    expect_equal([len(each) for each in flaky.seen["/retried"]], [9 * 8192], "bodies")


@case("timeout", "a request beyond its route's timeout is answered with 504")
def timeout(world):
    service = world.service()
    app = world.http1_app(lambda *_: (time.sleep(2), response())[1])
    plane = service.plane
    plane.on("GetProfile", service.address, says({
        "fully_qualified_name": service.name,
        "routes": [_route("/slow", False, 0.3)]}))
    plane.on("Watch", service.address, says(detected(balancer(service.path))))
    plane.on("Get", service.path, says(add(endpoint(app))))
    began = time.monotonic()
    expect_equal(service.ask("/slow").status, 504, "status")
    expect(0.2 < time.monotonic() - began < 1.5, "it did not end with the timeout")
    expect_equal(service.ask("/other").status, 200, "of another route")


def _grpc(world, where):
    """An application whose first answer has a gRPC status of failure there; what came back."""
    count = []

    def respond(stream):
        stream.wait()
        count.append(1)
        status = "0" if len(count) > 1 else "14"
        head = [("content-type", "application/grpc")]
        if where == "head":
            answer(stream, 200, headers=[*head, ("grpc-status", status)])
        elif where == "empty":
            answer(stream, 200, b"", head, [("grpc-status", status)])
        else:
            answer(stream, 200, b"\0\0\0\0\1x" * 3, head, [("grpc-status", status)])
    service = world.service()
    route = _route("/svc/.*")
    route["response_classes"] = []
    service.plane.on("GetProfile", service.address, says({
        "fully_qualified_name": service.name, "routes": [route], "retry_budget": _GENEROUS}))
    service.plane.on("Watch", service.address, says(detected(balancer(service.path))))
    service.plane.on("Get", service.path, says(add(endpoint(world.http2_app(respond)))))
    with service.http2() as client:
        stream = client.ask("/svc/m", "POST", [("content-type", "application/grpc"),
                                              ("te", "trailers")], b"\0\0\0\0\0")
    return dict(stream.trailers or stream.head).get("grpc-status"), len(count), stream


@case("grpc status in headers", "a gRPC failure in the head is tried again")
def grpc_head(world):
    expect_equal(_grpc(world, "head")[:2], ("0", 2), "status and tries")


@case("grpc status in trailers", "a gRPC failure in the trailers behind no message is tried again")
def grpc_trailers(world):
    expect_equal(_grpc(world, "empty")[:2], ("0", 2), "status and tries")


@case("multi-frame bodies survive", "an answer of several frames passes whole, and its trailers"
      " too")
def multi_frame(world):
    status, _, stream = _grpc(world, "message")
    expect_equal((bytes(stream.body), stream.status), (b"\0\0\0\0\1x" * 3, 200), "the answer")
    expect(status in ("0", "14"), f"grpc-status {status}")


@case("failures do not leak the h2 window", "failed answers that are thrown away give their window"
      " back")
def windows(world):
    big = b"z" * 40000
    tries = []

    def respond(stream):
        stream.wait()
        tries.append(stream.get(":path"))
        failed = len(tries) % 2 == 1
        answer(stream, 533 if failed else 200, big if failed else b"done")
    service = world.service()
    service.plane.on("GetProfile", service.address, says({
        "fully_qualified_name": service.name, "routes": [_route()], "retry_budget": _GENEROUS}))
    service.plane.on("Watch", service.address, says(detected(balancer(service.path))))
    service.plane.on("Get", service.path, says(add(endpoint(world.http2_app(respond)))))
    with service.http2() as client:
        for _ in range(40):
            stream = client.ask("/retried")
            expect_equal((stream.status, bytes(stream.body)), (200, b"done"), "the answer")
    expect_equal(len(tries), 80, "tries")

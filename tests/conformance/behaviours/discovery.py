# SPDX-License-Identifier: Apache-2.0
"""What is asked of the control plane, how often, and what holds while it does not answer. Asked of
HTTP/1, HTTP/2, and HTTP/1 with absolute targets."""

import threading
import time

from behaviours.answers import add, endpoint, no_endpoints, remove
from behaviours.control_plane import (INVALID_ARGUMENT, NOT_FOUND, UNAVAILABLE, fails, is_silent,
                                      says)
from behaviours.frame import case, expect, expect_equal
from behaviours.sockets import is_reset
from behaviours.world import World
from lab.process import wait_until


def open_world(binaries):
    return World(binaries, ["client"], OUTBOUND_HTTP_FAILFAST_TIMEOUT="1s")


class _Http1:
    name = "HTTP/1"

    @staticmethod
    def app(world):
        return world.http1_app()

    @staticmethod
    def path(_):
        return "/"

    @classmethod
    def ask(cls, service, count=1):
        """Statuses, all on one connection."""
        with service.http1() as client:
            return [client.ask(cls.path(service)).status for _ in range(count)]


class _Absolute(_Http1):
    name = "HTTP/1 with absolute targets"

    @staticmethod
    def path(service):
        return f"http://{service.path}/"


class _Http2:
    name = "HTTP/2"

    @staticmethod
    def app(world):
        return world.http2_app()

    @staticmethod
    def ask(service, count=1):
        with service.http2() as client:
            return [client.ask().status for _ in range(count)]


def _each(behaviour, name):
    """A case for each of the three."""
    def register(function):
        for version in (_Http1, _Http2, _Absolute):
            def run(world, version=version):
                function(world, version)
            run.__module__ = function.__module__
            case(behaviour, f"{version.name}: {name}")(run)
        return function
    return register


def _error(service):
    """Status and error of an HTTP/1 request, and how long it took."""
    began = time.monotonic()
    answer = service.ask()
    return answer.status, answer.get("l5d-proxy-error"), time.monotonic() - began


@_each("asks the controller once and caches", "each of the three is asked once for ten requests on"
       " three connections")
def asks_once(world, version):
    app = version.app(world)
    service = world.service().balanced(endpoint(app))
    statuses = version.ask(service, 4) + version.ask(service, 3) + version.ask(service, 3)
    expect_equal(statuses, [200] * 10, "statuses")
    asked = [len(service.plane.calls(method, target)) for method, target in (
        ("GetProfile", service.address), ("Watch", service.address), ("Get", service.path))]
    expect_equal(asked, [1, 1, 1], "GetProfile, Watch and Get were asked")
    call = service.plane.calls("Get", service.path)[0]
    expect_equal(call.request.context_token, "the context", "the context")
    expect_equal(len(app.requests), 10, "the application's requests")


@_each("reconnects after controller loss", "streams that break are asked for again, and what was"
       " known serves meanwhile")
def reconnects(world, version):
    service = world.service().balanced(endpoint(version.app(world)))
    expect_equal(version.ask(service), [200], "before")
    service.plane.on("Get", service.path, fails(UNAVAILABLE))
    service.plane.open_call("Get", service.path).end(UNAVAILABLE)
    service.plane.wait_calls("Get", service.path, 3)
    expect_equal(version.ask(service), [200], "while Get is unavailable")
    other = version.app(world)
    service.plane.on("Get", service.path, says(add(endpoint(other))))
    service.plane.wait_calls("Get", service.path, 4)
    wait_until(lambda: version.ask(service) == [200] and other.requests, 5,
               "a request at the endpoint of the new stream")


@_each("set reset on reconnect", "the first answer of a new stream replaces all that was known")
def set_reset(world, version):
    first, second, third = (version.app(world) for _ in range(3))
    service = world.service().balanced(endpoint(first), endpoint(second))
    expect_equal(version.ask(service, 8), [200] * 8, "before")
    service.plane.on("Get", service.path, says(add(endpoint(third))))
    service.plane.open_call("Get", service.path).end()
    service.plane.wait_calls("Get", service.path, 2)
    wait_until(lambda: version.ask(service) and third.requests, 5, "the new set's being used")
    before = len(first.requests) + len(second.requests)
    expect_equal(version.ask(service, 10), [200] * 10, "after")
    expect_equal(len(first.requests) + len(second.requests) - before, 0, "requests at the old set")


@_each("failfast on no endpoints", "a service without endpoints is answered with 504 after its"
       " failfast timeout, and then at once")
def no_endpoints_fail_fast(world, version):
    service = world.service().balanced(failfast=0.5)
    service.plane.on("Get", service.path, says(no_endpoints(True)))
    began = time.monotonic()
    expect_equal(version.ask(service), [504], "first")
    first = time.monotonic() - began
    expect(0.4 < first < 2, f"the first took {first:.2f} s, not 0.5")
    began = time.monotonic()
    expect_equal(version.ask(service), [504], "second")
    expect(time.monotonic() - began < 0.3, "the second waited, too")


@_each("failfast when it does not exist", "a service that does not exist is answered with 504")
def not_existing_fails_fast(world, version):
    service = world.service().balanced(failfast=0.3)
    service.plane.on("Get", service.path, says(no_endpoints(False)))
    expect_equal(version.ask(service), [504], "status")


@_each("endpoints come back after failfast", "once there is an endpoint again, requests pass")
def recovers(world, version):
    app = version.app(world)
    service = world.service().balanced(failfast=0.3)
    service.plane.on("Get", service.path, says(no_endpoints(True)))
    expect_equal(version.ask(service), [504], "without endpoints")
    service.update(add(endpoint(app)))
    wait_until(lambda: version.ask(service) == [200], 3, "an answer with an endpoint")


@_each("endpoints are removed", "what is removed gets no more requests, and the last one's removal"
       " fails fast")
def removed(world, version):
    first, second = version.app(world), version.app(world)
    service = world.service().balanced(endpoint(first), endpoint(second), failfast=0.3)
    expect_equal(version.ask(service, 4), [200] * 4, "before")
    service.update(remove(first))
    time.sleep(0.3)
    before = len(first.requests)
    expect_equal(version.ask(service, 10), [200] * 10, "with the second alone")
    expect_equal(len(first.requests), before, "requests of the first, which was removed")
    service.update(no_endpoints(True))
    wait_until(lambda: version.ask(service) == [504], 3, "504 after the last was removed")


@_each("orig-dst fallback on InvalidArgument", "without profile and policy the request goes to the"
       " address that was meant")
def falls_back(world, version):
    app = version.app(world)
    service = world.service()
    service.ip, service.port = app.host, app.port
    address = f"{app.host}:{app.port}"
    service.plane.on("GetProfile", address, fails(INVALID_ARGUMENT))
    service.plane.on("Watch", address, fails(NOT_FOUND))
    expect_equal(version.ask(service, 3), [200] * 3, "statuses")
    expect_equal(len(service.plane.calls("GetProfile", address)), 1, "profiles asked for")
    expect_equal(len(app.requests), 3, "the application's requests")


@_each("profile endpoint is used", "without a policy the profile's endpoint is used")
def profile_endpoint(world, version):
    app = version.app(world)
    service = world.service()
    service.plane.on("GetProfile", service.address, says({"endpoint": endpoint(app)}))
    expect_equal(version.ask(service, 2), [200] * 2, "statuses")
    expect_equal(len(app.requests), 2, "the application's requests")


@_each("balancer waits for a ready endpoint", "a request waits until there is an endpoint")
def waits(world, version):
    app = version.app(world)
    service = world.service().balanced(failfast=3)
    service.plane.on("Get", service.path, is_silent)
    threading.Timer(0.7, lambda: service.update(add(endpoint(app)))).start()
    began = time.monotonic()
    expect_equal(version.ask(service), [200], "status")
    took = time.monotonic() - began
    expect(0.5 < took < 2.5, f"it took {took:.2f} s; the endpoint came after 0.7")


@_each("balancer waits for a ready endpoint", "an endpoint that refuses costs no HTTP/2 request and"
       " one of HTTP/1 while another is ready")
def passes_over_unready(world, version):
    app, dead = version.app(world), version.app(world)
    dead.close()
    service = world.service().balanced(endpoint(dead), endpoint(app))
    statuses = [version.ask(service)[0] for _ in range(8)]
    spared = 0 if version is _Http2 else 1
    expect(statuses.count(200) >= 8 - spared and set(statuses) <= {200, 502}, f"{statuses}")
    expect_equal(len(app.requests), statuses.count(200), "the application's requests")


@_each("profile timeouts", "a profile that does not come is waited for up to the failfast timeout,"
       " then the connection is reset")
def profile_silent(world, version):
    app = version.app(world)
    service = world.service().balanced(endpoint(app))
    service.plane.on("GetProfile", service.address, is_silent)
    began = time.monotonic()
    with service.http1() as client:
        client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        expect(is_reset(client.connection), "the connection ended without a reset")
    took = time.monotonic() - began
    expect(0.9 < took < 2, f"it took {took:.2f} s, not OUTBOUND_HTTP_FAILFAST_TIMEOUT's 1 s")
    service.plane.calls("GetProfile", service.address)[-1].answer({})
    expect_equal(version.ask(service), [200], "once the profile has come")


@_each("dst timeouts", "a silent Destination.Get is waited for up to the backend's failfast"
       " timeout")
def destination_silent(world, version):
    service = world.service().balanced(failfast=0.5)
    service.plane.on("Get", service.path, is_silent)
    began = time.monotonic()
    expect_equal(version.ask(service), [504], "status")
    took = time.monotonic() - began
    expect(0.4 < took < 2, f"it took {took:.2f} s, not the backend's 0.5")

# SPDX-License-Identifier: Apache-2.0
"""Streams of discovery: when they are opened, opened again, and let go."""

from behaviours.answers import add, balancer, detected, endpoint, forward
from behaviours.control_plane import (FAILED_PRECONDITION, INVALID_ARGUMENT, UNAVAILABLE, fails,
                                      says)
from behaviours.frame import case, expect, expect_equal
from behaviours.world import World
from lab.process import wait_until


def open_world(binaries):
    return World(binaries, ["client"], OUTBOUND_HTTP_FAILFAST_TIMEOUT="1s")


@case("backoff", "calls that fail are made again after growing pauses, not at once")
def backs_off(world):
    app = world.http1_app()
    service = world.service().balanced()
    service.plane.on("Get", service.path, fails(UNAVAILABLE))
    expect_equal(service.ask().status, 504, "status")
    calls = service.plane.calls("Get", service.path)
    pauses = [after.at - before.at for before, after in zip(calls, calls[1:])]
    expect(3 <= len(pauses) <= 6, f"{len(calls)} calls within 3 s")
    expect(pauses[0] > 0.08 and pauses[2] > 1.5 * pauses[0], f"the pauses are {pauses}")
    service.plane.on("Get", service.path, says(add(endpoint(app))))
    wait_until(lambda: service.ask().status == 200, 6, "an answer once Get has been answered")


@case("terminal statuses", "a Destination.Get that ends with a status for good is not made again")
def terminal(world):
    for status in (INVALID_ARGUMENT, FAILED_PRECONDITION):
        service = world.service().balanced(failfast=1)
        service.plane.on("Get", service.path, fails(status))
        expect_equal(service.ask().status, 504, f"status after {status}")
        expect_equal(len(service.plane.calls("Get", service.path)), 1, f"calls after {status}")


@case("asks the controller once and caches", "what nobody has used for 5 s is asked for anew")
def cache_expires(world):
    service = world.service().balanced(endpoint(world.http1_app()))
    expect_equal(service.ask().status, 200, "first")
    calls = [service.plane.open_call(method, service.address)
             for method in ("GetProfile", "Watch")]
    wait_until(lambda: all(call.over for call in calls), 8, "the end of GetProfile and Watch")
    expect_equal(service.ask().status, 200, "second")
    expect_equal([len(service.plane.calls(method, service.address))
                  for method in ("GetProfile", "Watch")], [2, 2], "GetProfile and Watch")


@case("reconnects after controller loss", "a controller that is killed and comes back is asked"
      " again for all that is in use")
def controller_is_killed(world):
    service = world.service().balanced(endpoint(world.http1_app()))
    with service.http1() as client:
        expect_equal(client.ask().status, 200, "before")
        service.plane.stop()
        for _ in range(3):
            expect_equal(client.ask().status, 200, "while it is away")
        service.plane.start()
        for method, target in (("GetProfile", service.address), ("Watch", service.address),
                               ("Get", service.path)):
            service.plane.wait_calls(method, target, 2)
        expect_equal(client.ask().status, 200, "after")


@case("profiles are not asked for outside of the networks", "an address outside of the profile"
      " networks is asked a policy for, but no profile")
def outside_networks(binaries):
    with World(binaries, ["client"], DESTINATION_PROFILE_NETWORKS="10.96.0.0/16") as world:
        app = world.http1_app()
        service = world.service()
        service.ip, service.port = app.host, app.port
        expect_equal(service.ask().status, 200, "status")
        address = f"{app.host}:{app.port}"
        expect_equal([len(service.plane.calls(method, address)) for method in
                      ("GetProfile", "Watch")], [0, 1], "GetProfile and Watch")


@case("policy updates are followed", "a new policy on the open stream holds for the next request")
def policy_updates(world):
    first, second = world.http1_app(), world.http1_app()
    service = world.service()
    service.plane.on("Watch", service.address, says(detected(forward(endpoint(first)))))
    with service.http1() as client:
        expect_equal(client.ask().status, 200, "by the first policy")
        service.plane.open_call("Watch", service.address).answer(
            detected(forward(endpoint(second))))
        wait_until(lambda: client.ask().status == 200 and second.requests, 3,
                   "a request by the second policy")
    service.plane.open_call("Watch", service.address).answer(detected(balancer(service.path)))

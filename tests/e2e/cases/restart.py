# SPDX-License-Identifier: Apache-2.0
"""A server's proxy ends and another one starts, under load.

What is promised of GET requests over keep-alive connections: a proxy that is told to end fails
none, whether another replica is there to take over or the next proxy of the same replica within
the failfast timeout of the clients' proxies (3 s). A proxy that is killed fails at most those that
it had in hand.
"""

import signal
import time

from harness import e2e, expect
from lab.applications import start_responder
from lab.load import Load
from lab.mesh import HTTP_PORT, SERVICE_IP, Mesh, two_servers

CONNECTIONS = 32
# Answers of many reads each: a drain is noticed in the midst of them.
LARGE = 300_000
# As long as it takes, and more, for a proxy to end, to start and to be certified.
LOAD_SECONDS = 10
FAILFAST_US = 3_000_000


def _start_responders(mesh, size=1024):
    for member in ("s", "s2"):
        start_responder(mesh[member], mesh.binaries, mesh[member].ipv4, HTTP_PORT, "--bytes", size)


def _answered(mesh, name):
    return mesh.metrics(name).sum("response_total", direction="inbound", status_code="200")


def _end(mesh, name):
    """SIGTERM, and the instant of the proxy's end; it drains what it has."""
    process = mesh.proxies[name]
    process.signal(signal.SIGTERM)
    code = process.wait(5)
    expect(code == 0, f"the drained proxy of {name} ended with {code}: {process.tail()}")


def _start_again(mesh, name):
    mesh.start_proxy(name, redirect=False)
    mesh.wait_ready(name)


def _expect_whole(report):
    expect(report["failed"] == 0, f"{report['failed']} requests failed: {report['failures']}")
    expect(report["completed"] > 500, f"too little load to tell anything: {report}")


@e2e("SIGTERM of one of a service's two proxies under load, then of the other, three times over,"
     " each started again, fails no request, and both serve again", seconds=60)
def rolling_restart(binaries):
    with Mesh(binaries, two_servers()).start() as mesh:
        _start_responders(mesh, LARGE)
        load = Load(mesh["c"], binaries, SERVICE_IP, 80, LOAD_SECONDS, 0, CONNECTIONS, LARGE)
        for name in 3 * ("server", "server-b"):
            time.sleep(0.5)  # of load on both
            expect(_answered(mesh, name) > 0, f"the load does not reach {name}")
            _end(mesh, name)
            time.sleep(0.3)  # with one replica alone
            _start_again(mesh, name)
        expect(load.is_running(), "the load ended before the last restart")
        _expect_whole(load.report())
        for name in ("server", "server-b"):
            expect(_answered(mesh, name) > 0, f"the new proxy of {name} got no request")


@e2e("SIGTERM of a service's only proxy under load fails no request, though nobody listens for half"
     " a second: requests wait for the next proxy", seconds=60)
def restart_of_the_only_one(binaries):
    with Mesh(binaries).start() as mesh:
        start_responder(mesh["s"], binaries, mesh["s"].ipv4, HTTP_PORT)
        load = Load(mesh["c"], binaries, SERVICE_IP, 80, LOAD_SECONDS, 1000, CONNECTIONS)
        time.sleep(1)
        _end(mesh, "server")
        time.sleep(0.5)
        _start_again(mesh, "server")
        report = load.report()
        _expect_whole(report)
        waited = report["latency_us"]["max"]
        expect(500_000 < waited < FAILFAST_US, f"the longest wait was {waited / 1e6:.2f} s")


@e2e("kill -9 of one of a service's two proxies under load fails at most the requests that were in"
     " flight there; the other one takes over", seconds=60)
def one_of_two_killed(binaries):
    with Mesh(binaries, two_servers()).start() as mesh:
        _start_responders(mesh)
        load = Load(mesh["c"], binaries, SERVICE_IP, 80, 4, 0, CONNECTIONS)
        time.sleep(1)
        expect(_answered(mesh, "server") > 0, "the load does not reach the one to be killed")
        mesh.proxies["server"].kill()
        report = load.report()
        expect(report["failed"] <= CONNECTIONS,
               f"{report['failed']} requests failed, {CONNECTIONS} at most were in flight: "
               f"{report['failures']}")
        expect(report["completed"] > 1000, f"too little load to tell anything: {report}")

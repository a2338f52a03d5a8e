# SPDX-License-Identifier: Apache-2.0
"""What the controller is told while everything runs reaches the proxies, open connections included.
No process is started again."""

import sys

from harness import e2e, expect
from lab.applications import (peer, start_http_server, start_responder, start_tcp_server,
                              tcp_client)
from lab.load import Load
from lab.mesh import GREETS_PORT, HTTP_PORT, SERVICE_IP, Mesh, two_servers
from lab.process import wait_until

# The controller looks at its file every two seconds.
SEEN_SECONDS = 6


def _answered(mesh, name):
    return mesh.metrics(name).sum("response_total", direction="inbound", status_code="200")


def _gets_requests(mesh, name, wanted):
    """Waits until the load reaches it, or does not any more."""
    last = [_answered(mesh, name)]

    def settled():
        now = _answered(mesh, name)
        rises, last[0] = now > last[0], now
        return rises == wanted
    wait_until(settled, SEEN_SECONDS, f"{name} {'getting' if wanted else 'being spared'} requests",
               every=0.3)


def _with_pods(mesh, *names):
    document = mesh.document()
    server = next(each for each in document["workloads"] if each["name"] == "server")
    server["pods"] = [pod for pod in server["pods"] if pod["name"] in names]
    return document


@e2e("endpoints that the workload file loses and gains are spared and used within seconds, under"
     " load, without a failed request", seconds=60)
def endpoints_come_and_go(binaries):
    with Mesh(binaries, two_servers()).start() as mesh:
        for member in ("s", "s2"):
            start_responder(mesh[member], binaries, mesh[member].ipv4, HTTP_PORT)
        load = Load(mesh["c"], binaries, SERVICE_IP, 80, 14, 500, 16)
        both = ("server", "server-b")
        for used, spared in ((both, ()), (both[:1], both[1:]), (both, ()), (both[1:], both[:1]),
                             (both, ())):
            mesh.write_workloads(_with_pods(mesh, *(f"{name}-0" for name in used)))
            for name in spared:
                _gets_requests(mesh, name, False)
            for name in used:
                _gets_requests(mesh, name, True)
        expect(load.is_running(), "the load ended before the last change")
        report = load.report()
        expect(report["failed"] == 0, f"{report['failed']} requests failed: {report['failures']}")


def _with_policy(mesh, policy):
    document = mesh.document()
    server = next(each for each in document["workloads"] if each["name"] == "server")
    if policy:
        server["inbound_policy"] = policy
    return document


@e2e("an authorization that the workload file takes away and gives back is heeded within seconds on"
     " connections that are open: requests get 403, then 200, and raw connections end", seconds=60)
def authorization_comes_and_goes(binaries):
    with Mesh(binaries).start() as mesh:
        address = mesh["s"].ipv4
        start_http_server(mesh["s"], "::", HTTP_PORT)
        start_tcp_server(mesh["s"], address, GREETS_PORT, "greets")
        client = mesh["c"].start("steady", [sys.executable, peer("steady_client.py"), address,
                                            HTTP_PORT])

        def wait_for_status(status):
            wait_until(lambda: client.log().endswith(f"{status}\n") or not client.is_running(),
                       SEEN_SECONDS, f"status {status}")
            expect(client.is_running(), client.tail(3))

        wait_for_status(200)
        for taken, status in (("deny", 403), ("all-unauthenticated", 200), ("deny", 403),
                              (None, 200)):
            raw = mesh["c"].start("raw", [sys.executable, peer("tcp_client.py"), address,
                                          GREETS_PORT, "waits"])
            if status == 403:
                wait_until(lambda said=raw: "220 " in said.log(), 2, "the greeting")
            mesh.write_workloads(_with_policy(mesh, taken))
            wait_for_status(status)
            if status == 403:
                wait_until(lambda said=raw: "ended with" in said.log(), 2,
                           "the raw connection's end")
            else:
                done = tcp_client(mesh["c"], address, GREETS_PORT, "greets", seconds=5)
                expect(done.returncode == 0, f"after {taken}: {done.stdout}{done.stderr}")
        statuses = set(client.log().split())
        expect(statuses == {"200", "403"}, f"the client also saw {statuses}")

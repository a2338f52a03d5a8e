# SPDX-License-Identifier: Apache-2.0
"""R1, one machine and no Kubernetes: `seine demo` puts the example shop into a mesh, without a
rule or a certificate made by hand, and what the applications say they sent is what the proxies
counted."""

import json
import os
import signal

from harness import e2e, expect
from lab.process import wait_until
from lab.shop import open_in_demo
from lab.standalone import STRANGER, Standalone

_SERVICES = {"web", "graph", "payments", "ledger"}
_EDGES = {("traffic", "web"), ("traffic", "graph"), ("traffic", "ledger"), ("traffic", "mail"),
          ("web", "payments"), ("web", "ledger"), ("graph", "payments"), ("graph", "ledger"),
          ("payments", "mail")}
_KEYS = {"namespace", "name", "requests_generated", "requests_proxied", "inbound", "outbound",
         "success", "rps", "p50_ms", "p95_ms", "p99_ms", "excluded"}


def _expect_true(report, failure_rate):
    """What is checked here is not what the demo checked: the JSON alone."""
    for promise in report["promises"]:
        expect(promise["held"], f"{promise['name']}: {promise['detail']}")
    services = {service["name"]: service for service in report["services"]}
    expect(set(services) == _SERVICES, f"services are {sorted(services)}")
    for service in services.values():
        expect(_KEYS <= set(service), f"keys are {sorted(service)}")
        counts = {service[key] for key in ("requests_generated", "requests_proxied", "inbound",
                                           "outbound")}
        expect(len(counts) == 1 and counts != {0}, f"counts differ: {service}")
        expect(0 < service["p50_ms"] <= service["p95_ms"] <= service["p99_ms"],
               f"latencies: {service}")
        expect(service["excluded"] == 0, f"something was taken for a probe: {service}")
    expect([service["name"] for service in report["tcp_services"]] == ["mail"],
           f"TCP services are {report['tcp_services']}")
    for service in report["tcp_services"]:
        counts = {service[key] for key in ("connections_generated", "connections_proxied",
                                           "inbound", "outbound")}
        expect(len(counts) == 1 and counts != {0} and service["broken"] == 0,
               f"connections differ: {service}")
    edges = {(edge["src"], edge["dst"]) for edge in report["edges"]}
    expect(edges == _EDGES, f"edges are {edges}")
    for edge in report["edges"]:
        expect(edge["secured"] and edge["client_id"] == edge["src"] + ".shop"
               and edge["server_id"] == edge["dst"] + ".shop", f"not secured: {edge}")
    failures = services["payments"]["success"] < 100
    expect(failures == (failure_rate > 0), f"success of payments: {services['payments']}")


def _demo(mesh, seconds, failure_rate):
    shop, interpreter = open_in_demo(mesh)
    report = os.path.join(mesh.home, "demo.json")
    done = mesh.seine("demo", "--for", f"{seconds}s", "--json", report, "--shop", shop,
                      "--failure-rate", failure_rate, seconds=seconds + 100,
                      env={"PATH": f"{interpreter}:{mesh.environment()['PATH']}"})
    expect(done.returncode == 0, f"exit {done.returncode}: {done.stderr}{done.stdout}")
    for line in done.stdout.splitlines():
        expect(len(line) <= 80, f"wider than 80 columns: {line}")
    with open(report, encoding="utf-8") as file:
        _expect_true(json.load(file), failure_rate)
    expect(os.listdir("/tmp/") and not [name for name in os.listdir("/tmp")
                                        if name.startswith("seine-demo-")],
           "the demo's folder is left")
    return done.stdout.splitlines()[-5:]


@e2e("R1 as root: seine demo ends 0, its JSON has every service's requests as counted by"
     " applications and by the proxies at both ends, equal, and every edge secured", seconds=180)
def demo_as_root(binaries):
    with Standalone(binaries) as mesh:
        _demo(mesh, 12, 0.2)


@e2e("R1 as an ordinary user: the same, with no failure asked for and none seen", seconds=180)
def demo_without_root(binaries):
    with Standalone(binaries, STRANGER) as mesh:
        _demo(mesh, 12, 0)


def _interrupted(binaries, number):
    with Standalone(binaries) as mesh:
        shop, interpreter = open_in_demo(mesh)
        demo = mesh.start("demo", "demo", "--for", "10m", "--shop", shop,
                          env={"PATH": f"{interpreter}:{mesh.environment()['PATH']}",
                               "TMPDIR": mesh.home})
        wait_until(lambda: " requests" in demo.log(), 60, "requests of the demo")
        expect(os.listdir(mesh.home), "the demo has no folder")
        demo.signal(number)
        expect(demo.wait(60) == 0 and "counts are equal" in demo.log(), demo.tail(30))
        left = [name for name in os.listdir(mesh.home) if name.startswith("seine-demo-")]
        expect(not left, f"{left} is left")


@e2e("Ctrl-C ends a demo early, and it still tells what was counted", seconds=120)
def demo_interrupted(binaries):
    _interrupted(binaries, signal.SIGINT)


@e2e("a terminal that closes ends a demo as Ctrl-C does, and nothing of it is left", seconds=120)
def demo_hung_up(binaries):
    _interrupted(binaries, signal.SIGHUP)

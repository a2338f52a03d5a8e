# SPDX-License-Identifier: Apache-2.0
"""The metrics while they change: whole, true and free of charge to those who are served."""

import json
import re

from harness import e2e, expect
from lab.applications import peer, start_responder
from lab.mesh import ADMIN_PORT, GRPC_PORT, HTTP_PORT, Mesh
from lab.process import wait_until

HTTP1_REQUESTS = 20_000
HTTP2_REQUESTS = 20_000
# Debian's own, which has prometheus_client.
PYTHON = "/usr/bin/python3"


def _start_scraper(mesh, name):
    space = mesh[mesh.workloads[name].member]
    return space.start(f"scraper-{name}", [PYTHON, peer("scraper.py"), "127.0.0.1", ADMIN_PORT])


def _load(mesh, name, port, *flags):
    return mesh["c"].start(f"h2load-{name}", [
        "h2load", "-c", "16", *flags, f"http://{mesh['s'].ipv4}:{port}/"])


def _expect_all_answered(load, requests):
    load.wait(60)
    said = load.log()
    expect(re.search(rf"requests: {requests} total, .* {requests} succeeded, 0 failed, 0 errored, "
                     r"0 timeout", said), f"h2load did not get all it asked for: {said}")


def _counts(mesh, port):
    """Of the requests to a port: what both proxies count, by name."""
    # Inbound, the port is that of the application too.
    labels = {"target_port": str(port), "tls": "true"}
    found = {}
    for name, direction in (("web", "outbound"), ("server", "inbound")):
        metrics = mesh.metrics(name)
        found |= {
            f"{name} request_total": metrics.sum("request_total", direction=direction, **labels),
            f"{name} response_total": metrics.sum(
                "response_total", direction=direction, status_code="200",
                classification="success", **labels),
            f"{name} all response_total": metrics.sum(
                "response_total", direction=direction, **labels),
            f"{name} response_latency_ms_count": metrics.sum(
                "response_latency_ms_count", direction=direction, **labels)}
    return found


@e2e("metrics scraped every 100 ms under load from both proxies are whole and never fall, no"
     " request fails of it, and afterwards both sides count exactly what h2load sent", seconds=90)
def scraped_under_load(binaries):
    # Two data loops, so that every number is a sum.
    with Mesh(binaries).start(CORES="2") as mesh:
        address = mesh["s"].ipv4
        start_responder(mesh["s"], binaries, address, HTTP_PORT)
        start_responder(mesh["s"], binaries, address, GRPC_PORT, "--h2")
        scrapers = {name: _start_scraper(mesh, name) for name in mesh.proxies}
        loads = ((HTTP_PORT, HTTP1_REQUESTS, ["--h1", "-n", HTTP1_REQUESTS]),
                 (GRPC_PORT, HTTP2_REQUESTS, ["-m", "10", "-n", HTTP2_REQUESTS]))
        running = [(port, requests, _load(mesh, str(port), port, *flags))
                   for port, requests, flags in loads]
        for port, requests, load in running:
            _expect_all_answered(load, requests)
            wanted = dict.fromkeys(_counts(mesh, port), requests)
            # A response is counted at its end, which the client may see first.
            wait_until(lambda p=port, w=wanted: _counts(mesh, p) == w, 2,
                       f"exact counts for port {port} ({_counts(mesh, port)})")
        told = []
        for name, scraper in scrapers.items():
            scraper.stop()
            report = json.loads(scraper.log())
            expect(report["scrapes"] >= 5, f"{name} was hardly scraped: {report}")
            expect(not report["problems"], f"{name}: {report['problems']}")
            told.append(f"{name}: {report['scrapes']} scrapes, the slowest took "
                        f"{report['slowest_ms']:.0f} ms")
        return "; ".join(told)

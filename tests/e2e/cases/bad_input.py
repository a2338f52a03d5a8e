# SPDX-License-Identifier: Apache-2.0
"""Malformed bytes at every port, on the wire and from inside: connections end, processes do not."""

import os
import sys

from harness import e2e, expect
from lab.applications import peer, start_responder
from lab.load import Load
from lab.mesh import (ADMIN_PORT, DESTINATION_PORT, HTTP_PORT, IDENTITY_PORT, POLICY_PORT, Mesh)
from lab.netns import INBOUND_PORT, OUTBOUND_PORT
from lab.process import resident_bytes

KINDS = ("tls", "http1", "http2", "noise")
# What a thousand bad connections may leave behind: allocator slack, no connection.
GROWTH_LIMIT = 4_000_000


def _throw(space, address, port, kind, times):
    done = space.run([sys.executable, peer("junk.py"), address, port, kind, times], 60)
    expect(done.returncode == 0,
           f"{kind} at {address}:{port}: {(done.stderr or done.stdout).strip()[-300:]}")


def _errors(mesh, name):
    metrics = mesh.metrics(name)
    return sum(metrics.sum(f"{side}_{kind}_errors_total")
               for side in ("inbound", "outbound") for kind in ("tcp", "http"))


def _expect_carries(mesh, binaries):
    report = Load(mesh["c"], binaries, mesh["s"].ipv4, HTTP_PORT, 1).report()
    expect(report["failed"] == 0 and report["completed"] > 0, f"requests fail now: {report}")


@e2e("malformed TLS, HTTP/1, HTTP/2 and noise at every port of a proxy end their connections, count"
     " in a metric, leave its memory flat and the proxy alive", seconds=180)
def malformed_bytes_at_the_proxies(binaries):
    with Mesh(binaries).start() as mesh:
        start_responder(mesh["s"], binaries, mesh["s"].ipv4, HTTP_PORT)
        address = mesh["s"].ipv4
        wire = [(mesh["ctl"], address, port) for port in (INBOUND_PORT, HTTP_PORT, ADMIN_PORT)]
        inside = [(mesh["s"], "127.0.0.1", OUTBOUND_PORT), (mesh["s"], mesh["c"].ipv4, HTTP_PORT)]

        def throw_all(times):
            for space, target, port in wire + inside:
                for kind in KINDS:
                    _throw(space, target, port, kind, times)

        throw_all(5)
        before, errors = mesh.resident("server"), _errors(mesh, "server")
        throw_all(50)
        grown = mesh.resident("server") - before
        expect(grown < GROWTH_LIMIT, f"memory grew by {grown / 1e6:.1f} MB")
        counted = _errors(mesh, "server") - errors
        expect(counted >= 50, f"only {counted} errors were counted")
        expect(mesh.proxies["server"].is_running(), "the proxy ended")
        _expect_carries(mesh, binaries)


@e2e("malformed bytes at every port of the controller end their connections, and it serves on",
     seconds=120)
def malformed_bytes_at_the_controller(binaries):
    with Mesh(binaries).start() as mesh:
        space = mesh["ctl"]
        ports = (IDENTITY_PORT, DESTINATION_PORT, POLICY_PORT)

        def throw_all(times):
            for port in ports:
                for kind in KINDS:
                    _throw(mesh["ctl"], space.ipv4, port, kind, times)

        throw_all(5)
        before = resident_bytes([mesh.controller.pid])
        throw_all(100)
        grown = resident_bytes([mesh.controller.pid]) - before
        expect(grown < GROWTH_LIMIT, f"memory grew by {grown / 1e6:.1f} MB")
        expect(mesh.controller.is_running(), "the controller ended")
        # A proxy that starts now is certified and discovers.
        mesh.proxies["web"].stop()
        mesh.start_proxy("web", redirect=False)
        mesh.wait_ready("web")
        start_responder(mesh["s"], binaries, mesh["s"].ipv4, HTTP_PORT)
        _expect_carries(mesh, binaries)


@e2e("a controller with bad flags says why in one sentence and exits 64")
def bad_flags_of_the_controller(binaries):
    with Mesh(binaries) as mesh:
        path = mesh.path("broken.json")
        with open(path, "w", encoding="ascii") as file:
            file.write('{"workloads": [{"namespace": "demo"}]}')
        controller = os.path.join(binaries, "seine-controller")
        good = ["--state-dir", mesh.path("state"), "--trust-domain", "cluster.local"]
        for flags in (["--no-such-flag"], [*good, "--listen-identity", "nowhere"],
                      [*good, "--workloads", path], [*good, "--workloads", "/no/such/file"]):
            done = mesh["ctl"].run([controller, *flags], 10)
            expect(done.returncode == 64, f"{flags}: exit {done.returncode}: {done.stderr}")
            expect(len(done.stderr.strip().splitlines()) == 1, f"{flags}: {done.stderr}")

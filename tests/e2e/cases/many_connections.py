# SPDX-License-Identifier: Apache-2.0
"""Very many connections at once: served, paid for in little memory, and given back."""

import os

from harness import e2e, expect
from lab.applications import start_responder
from lab.load import Load
from lab.mesh import HTTP_PORT, Mesh
from lab.process import is_sanitized, wait_until

CONNECTIONS = 2000
# What a service manager gives a process: too few, but more for the asking.
USUAL_FILES = "1024:16384"
FEW_FILES = 200
# What one connection may cost, on either side, with everything that belongs to it.
MEMORY_OF_ONE = 32_000
# Of what a burst took, this part may stay: caches of frames and blocks, and what they pin.
KEPT = 0.6
# The proxy looks every 5 s whether there is memory to give back.
FALL_SECONDS = 12


def _open(mesh, name, **labels):
    return mesh.metrics(name).sum("tcp_open_connections", **labels)


def _files(mesh, name):
    return len(os.listdir(f"/proc/{mesh.proxies[name].pid}/fd"))


def _expect_all_served(report):
    expect(report["failed"] == 0, f"{report['failed']} requests failed: {report['failures']}")
    expect(report["completed"] > CONNECTIONS, f"not every connection had a request: {report}")


@e2e("2000 connections at once pass the pair though the soft limit on files is 1024; all are"
     " served, then memory falls, and no connection and no file stays open", seconds=60)
def two_thousand(binaries):
    with Mesh(binaries).start(files=USUAL_FILES) as mesh:
        start_responder(mesh["s"], binaries, mesh["s"].ipv4, HTTP_PORT)
        address = mesh["s"].ipv4
        Load(mesh["c"], binaries, address, HTTP_PORT, 1, 500).report()  # caches are filled
        before = {name: mesh.resident(name) for name in mesh.proxies}
        files = {name: _files(mesh, name) for name in mesh.proxies}
        load = Load(mesh["c"], binaries, address, HTTP_PORT, 5, 2 * CONNECTIONS, CONNECTIONS)
        wait_until(lambda: _open(mesh, "web", direction="outbound", peer="src") == CONNECTIONS, 5,
                   f"{CONNECTIONS} connections being open")
        _expect_all_served(load.report())
        held = {name: mesh.resident(name) - before[name] for name in mesh.proxies}
        each = {name: held[name] / CONNECTIONS for name in mesh.proxies}
        sane = is_sanitized(binaries) or max(each.values()) < MEMORY_OF_ONE
        expect(sane, f"a connection costs {each} bytes")
        wait_until(lambda: _open(mesh, "web", peer="src") == 0, 5, "their end at the client's side")
        if not is_sanitized(binaries):
            wait_until(lambda: mesh.resident("web") - before["web"] < KEPT * held["web"],
                       FALL_SECONDS, f"the memory's fall by {(1 - KEPT) * 100:.0f} % of "
                       f"{held['web'] / 1e6:.0f} MB")
        # Idle connections to the application are kept for a few seconds.
        wait_until(lambda: _open(mesh, "server", direction="inbound", peer="dst") == 0, 5,
                   "the end of connections to the application")
        for name, were in files.items():
            expect(_files(mesh, name) <= were, f"{name} had {were} files, has {_files(mesh, name)}")
        kept = {name: mesh.resident(name) - before[name] for name in mesh.proxies}
        return "; ".join(f"{name}: {each[name] / 1e3:.1f} kB for each connection, "
                         f"{held[name] / 1e6:.1f} MB in all, {kept[name] / 1e6:.1f} MB kept"
                         for name in mesh.proxies)


@e2e("a proxy that may open 200 files and gets 2000 connections serves those it can take, stays"
     " alive and observable, and serves others once those have gone", seconds=60)
def too_few_files(binaries):
    with Mesh(binaries).start(files=str(FEW_FILES)) as mesh:
        address = mesh["s"].ipv4
        start_responder(mesh["s"], binaries, address, HTTP_PORT)
        load = Load(mesh["c"], binaries, address, HTTP_PORT, 3, 0, CONNECTIONS)
        # Some are left for upstream connections and for the control plane.
        wait_until(lambda: _open(mesh, "web", peer="src") > FEW_FILES * 0.8, 3,
                   "most files being used by connections")
        for _ in range(10):
            expect(mesh.admin("web", "/live").returncode == 0, "no answer to /live")
            expect(_files(mesh, "web") < FEW_FILES, "more files are open than it may open")
        report = load.report()
        expect(report["completed"] > 1000, f"those that were taken were not served: {report}")
        wait_until(lambda: _open(mesh, "web", peer="src") == 0, 15, "the end of all connections")
        report = Load(mesh["c"], binaries, address, HTTP_PORT, 1, 200).report()
        expect(report["failed"] == 0, f"afterwards: {report}")

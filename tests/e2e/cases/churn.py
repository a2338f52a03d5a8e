# SPDX-License-Identifier: Apache-2.0
"""Memory and descriptors over a time in which everything happens at once."""

import json
import os
import sys
import time

from harness import e2e, expect
from lab.applications import peer, start_http_server, start_responder, start_tcp_server
from lab.mesh import GREETS_PORT, GRPC_PORT, HTTP_PORT, TCP_PORT, Mesh
from lab.process import is_sanitized, resident_bytes, wait_until

# In MB: what memory may grow by after its first third, whatever the length; and for each minute.
GROWTH = 6
GROWTH_PER_MINUTE = 1


def _start_servers(mesh, binaries):
    address = mesh["s"].ipv4
    start_http_server(mesh["s"], "::", HTTP_PORT)
    start_tcp_server(mesh["s"], address, TCP_PORT, "half-close")
    start_tcp_server(mesh["s"], address, GREETS_PORT, "greets")
    start_responder(mesh["s"], binaries, address, GRPC_PORT, "--h2")


def _residents(mesh):
    processes = {**mesh.proxies, "controller": mesh.controller}
    return {name: resident_bytes([process.pid]) / 1e6 for name, process in processes.items()}


def _slope(samples):
    """MB a minute, by least squares over [(seconds, MB)]."""
    count = len(samples)
    mean_t = sum(t for t, _ in samples) / count
    mean_m = sum(m for _, m in samples) / count
    return 60 * (sum((t - mean_t) * (m - mean_m) for t, m in samples) /
                 sum((t - mean_t) ** 2 for t, _ in samples))


class _Http2Load:
    """h2load over HTTP/2 again and again; every other time it is killed in the midst."""

    def __init__(self, mesh):
        self._mesh, self._runs, self._process = mesh, 0, None
        self.next()

    def next(self):
        if self._process is not None and self._process.is_running():
            if self._runs % 2 == 0:
                return
            self._process.kill()
        self._runs += 1
        self._process = self._mesh["c"].start("h2load", [
            "h2load", "-n", "3000", "-c", "8", "-m", "10", "--rps", "200",
            f"http://{self._mesh['s'].ipv4}:{GRPC_PORT}/"])


def _watch(mesh, churn, seconds):
    """Memory of all by second, in the last two thirds of the time."""
    began, samples = time.monotonic(), []
    http2 = _Http2Load(mesh)
    while churn.is_running():
        time.sleep(1)
        passed = time.monotonic() - began
        if round(passed) % 2 == 0:
            http2.next()
        if seconds / 3 < passed < seconds:
            samples.append((passed, _residents(mesh)))
    return samples


def _churn(binaries, seconds):
    with Mesh(binaries).start() as mesh:
        _start_servers(mesh, binaries)
        address = mesh["s"].ipv4
        files = {name: len(os.listdir(f"/proc/{each.pid}/fd"))
                 for name, each in mesh.proxies.items()}
        churn = mesh["c"].start("churn", [sys.executable, peer("churn.py"), address, HTTP_PORT,
                                          TCP_PORT, GREETS_PORT, seconds])
        samples = _watch(mesh, churn, seconds)
        report = json.loads(churn.tail(1))
        done = sum(count for name, count in report.items() if name not in ("wrong", "last"))
        expect(done > 10 * seconds, f"too little was done to tell anything: {report}")
        expect(report["wrong"] == 0, f"{report['wrong']} answers were wrong: {report}")
        told = []
        for name in samples[0][1]:
            series = [(at, memory[name]) for at, memory in samples]
            grown = max(memory for _, memory in series) - series[0][1]
            slope = _slope(series)
            told.append(f"{name} {series[-1][1]:.1f} MB, {slope:+.1f} MB a minute")
            limit = GROWTH + GROWTH_PER_MINUTE * seconds / 60
            expect(grown < limit or is_sanitized(binaries),
                   f"{name} grew by {grown:.1f} MB of {limit:.0f} MB that may be, {told[-1]}")
            expect(seconds < 60 or slope < GROWTH_PER_MINUTE or is_sanitized(binaries),
                   f"{name} grows: {told[-1]}")
        for name, was in files.items():
            process = mesh.proxies[name]
            wait_until(lambda p=process, w=was: len(os.listdir(f"/proc/{p.pid}/fd")) <= w + 2, 15,
                       f"{name} having closed its files (it had {was})")
            for peer_side in ("src", "dst"):
                # The HTTP/2 connection between the proxies stays.
                left = mesh.metrics(name).sum("tcp_open_connections", peer=peer_side)
                expect(left <= 1, f"{name} counts {left:.0f} open connections, peer {peer_side}")
        return f"{done} connections; " + "; ".join(told)


@e2e("15 s of new connections, aborted requests, slow readers, HTTP/1, HTTP/2 and raw bytes leave"
     " memory and descriptors where they were", seconds=60, runs="short")
def for_15_seconds(binaries):
    return _churn(binaries, 15)


@e2e("3 minutes of new connections, aborted requests, slow readers, HTTP/1, HTTP/2 and raw bytes:"
     " memory does not grow, descriptors are given back", seconds=300, runs="long")
def for_3_minutes(binaries):
    return _churn(binaries, 180)

# SPDX-License-Identifier: Apache-2.0
"""Everything at once through a pair of proxies: their memory does not grow, and all is given back.

The load is one for the whole time. What the first quarter brings is left out: caches fill, the heap
takes its shape. Over the rest the slope has to be under SLOPE, by Theil and Sen, and where the time
is short, under what its noise allows. A busy heap's level wanders by some hundred kB.
"""

import json
import sys
import time

from lab.applications import node, start_listener, start_tcp_server
from lab.applications import peer as e2e_peer
from lab.certificates import make_leaf
from lab.mesh import identity_of
from lab.process import LabError, is_sanitized, wait_until

from places import CLIENT, OUTSIDER, SERVER, make_chain, open_mesh
from samples import open_files, peer, proportional_bytes, slope

_HTTP, _HTTP2, _TCP, _GREETS = 8080, 8081, 9000, 9025
_IDENTITIES = 24
_EVERY_SECONDS = 2
# kB a minute: 30 MB a day.
SLOPE = 21
# kB: how far two levels may be apart though nothing grows.
_NOISE = 600
_REST_SECONDS = 40


def run(options, ticks):
    ports = [_HTTP, _HTTP2, _TCP, {"port": _GREETS, "protocol": "opaque"}]
    seconds = options.minutes * 60
    with open_mesh(options.bin, ports) as lab:
        mesh = lab.start(files="16384:16384", INBOUND_DETECT_TIMEOUT="2s",
                         OUTBOUND_DETECT_TIMEOUT="2s")
        _start_servers(mesh)
        rest = {name: _Rest(mesh, name) for name in mesh.proxies}
        crowds = _start_crowds(mesh, seconds)
        samples = _watch(mesh, crowds, seconds, options.samples)
        _judge_answers(ticks, crowds, seconds)
        for name in mesh.proxies:
            _judge_slope(ticks, name, samples[name], seconds, is_sanitized(options.bin))
        for name in mesh.proxies:
            rest[name].judge(ticks)


def _start_servers(mesh):
    start_listener(mesh[SERVER], "application", _HTTP2, [node(), peer("server.js"), _HTTP])
    address = mesh[SERVER].ipv4
    start_tcp_server(mesh[SERVER], address, _TCP, "half-close")
    start_tcp_server(mesh[SERVER], address, _GREETS, "greets")


def _start_crowds(mesh, seconds):
    name, anchors, chain = make_chain(mesh)
    chains = [chain]
    for number in range(_IDENTITIES):
        make_leaf(mesh.directory, f"id-{number}", identity_of(f"churn-{number}"), "issuer")
        chains.append(mesh.path(f"id-{number}-chain.pem"))
        with open(chains[-1], "w", encoding="ascii") as joined:
            for part in (f"id-{number}.pem", "issuer.pem"):
                with open(mesh.path(part), encoding="ascii") as file:
                    joined.write(file.read())
    address = mesh[SERVER].ipv4
    return {
        "usual": mesh[CLIENT].start("usual", [
            sys.executable, e2e_peer("churn.py"), address, _HTTP, _TCP, _GREETS, int(seconds)]),
        "client": mesh[CLIENT].start("client", [
            sys.executable, peer("churner.py"), "client", address, _HTTP, seconds]),
        "outsider": mesh[OUTSIDER].start("outsider", [
            sys.executable, peer("churner.py"), "outsider", address, _HTTP, seconds, name, anchors,
            *chains])}


def _watch(mesh, crowds, seconds, path):
    """{proxy: [(minutes, kB)]}"""
    began = time.monotonic()
    samples = {name: [] for name in mesh.proxies}
    while time.monotonic() - began < seconds:
        time.sleep(_EVERY_SECONDS)
        at = (time.monotonic() - began) / 60
        for name, process in mesh.proxies.items():
            if not process.is_running():
                raise LabError(f"the proxy of {name} ended: {process.tail()}")
            samples[name].append((at, proportional_bytes(process.pid) / 1000))
    for name, crowd in crowds.items():
        wait_until(lambda each=crowd: not each.is_running(), 30, f"the end of the crowd `{name}`")
    if path:
        with open(path, "w", encoding="ascii") as file:
            json.dump(samples, file)
    return samples


def _judge_answers(ticks, crowds, seconds):
    for name, crowd in crowds.items():
        try:
            report = json.loads(crowd.tail(1))
        except ValueError:
            ticks.fail(f"churn: the crowd `{name}`", crowd.tail())
            continue
        done = sum(count for what, count in report.items() if what not in ("wrong", "last"))
        if report["wrong"] or done < 5 * seconds:
            ticks.fail(f"churn: the crowd `{name}`", f"wrong answers, or too few: {report}")
        else:
            ticks.ok(f"churn: the crowd `{name}`", f"{done} things done, no answer wrong")


def _judge_slope(ticks, name, samples, seconds, sanitized):
    later = [(at, size) for at, size in samples if at * 60 > seconds / 4]
    # Thousands of samples make millions of pairs.
    later = later[::max(1, len(later) // 300)]
    found = slope(later)
    allowed = max(SLOPE, _NOISE / (seconds * 0.75 / 60))
    told = (f"{found:+.0f} kB a minute of {allowed:.0f} that may be, from {later[0][1]:.0f} to"
            f" {later[-1][1]:.0f} kB, at most {max(size for _, size in samples):.0f} kB")
    title = f"churn: memory of {name}'s proxy over {seconds / 60:g} minutes"
    if found > allowed and not sanitized:
        ticks.fail(title, f"it grows: {told}")
    else:
        ticks.ok(title, told)


class _Rest:
    """What a proxy held before, to which it has to come back."""

    def __init__(self, mesh, name):
        self._mesh, self._name = mesh, name
        self._files = open_files(mesh.proxies[name].pid)

    def judge(self, ticks):
        title = f"churn: {self._name}'s proxy at rest again"
        pid = self._mesh.proxies[self._name].pid
        try:
            # The HTTP/2 connections to the other proxy, one for each port, stay.
            wait_until(lambda: open_files(pid) <= self._files + 3, _REST_SECONDS, "closing files")
        except LabError:
            ticks.fail(title, f"{open_files(pid)} files are open, there were {self._files}")
            return
        ticks.ok(title, f"{open_files(pid)} files, there were {self._files};"
                        f" {proportional_bytes(pid) / 1000:.0f} kB")

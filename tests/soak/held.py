# SPDX-License-Identifier: Apache-2.0
"""Clients that have a proxy hold bytes for them: it gives them up, and goes on serving.

A limit of 16 MiB, which each attack would exceed. While it lasts buffers hold less than twice the
limit, or where streams were let in before it was reached, what their windows take beside it, and
the proxy's memory stays within that and what the connections cost; honest requests are served or
refused by the name of the limit, nothing else; those that merely hold are given up after 10 to 20
seconds, and then everybody is served, whether or not the attackers have gone. When they have,
nothing is held.
"""

import json
import sys
import time
from dataclasses import dataclass

from lab.applications import node, start_listener
from lab.process import LabError, is_sanitized, wait_until

from places import OUTSIDER, SERVER, open_mesh
from samples import peer, proportional_bytes

_HTTP, _HTTP2 = 8080, 8081
_LIMIT = 16 << 20
_WINDOW = 1 << 20  # of a connection
_SECONDS = 40
# By then those that take nothing have been given up.
_RELIEF_SECONDS = 28
# The heap's own: what it does not give back at once, and what a connection costs besides buffers.
_SLACK, _OF_A_CONNECTION = 12_000_000, 40_000
_ERROR = "memory limit"


@dataclass(frozen=True)
class _Attack:
    """`given_up`: what of seine_buffers_shed_total tells of it; `most`: bytes in buffers."""
    title: str
    kind: str
    proxy: str
    member: str
    port: int
    connections: int
    given_up: tuple
    most: int


_ATTACKS = [
    _Attack("answers over HTTP/1 that are not read, inbound", "answers1", "server", OUTSIDER, _HTTP,
            600, ("reader",), 2 * _LIMIT),
    _Attack("bodies over HTTP/2 that are not read, inbound", "uploads2", "server", OUTSIDER, _HTTP2,
            60, ("stream",), _LIMIT + 60 * _WINDOW),
]


def run(options, ticks):
    for attack in _ATTACKS:
        with open_mesh(options.bin, [_HTTP, _HTTP2]) as lab:
            mesh = lab.start(files="16384:16384", SEINE_PROXY_MEMORY_LIMIT=str(_LIMIT))
            start_listener(mesh[SERVER], "application", _HTTP2, [node(), peer("server.js"), _HTTP])
            _Siege(mesh, attack, is_sanitized(options.bin)).judge(ticks)


class _Siege:
    def __init__(self, mesh, attack, sanitized):
        self._mesh, self._attack, self._sanitized = mesh, attack, sanitized
        self._pid = mesh.proxies[attack.proxy].pid
        self._address = mesh[SERVER].ipv4
        self._peak = self._most_held = 0

    def judge(self, ticks):
        title = f"held: {self._attack.title}"
        self._honest(1)
        before = proportional_bytes(self._pid)
        holder = self._start(self._attack.member, "holder.py", self._attack.kind, self._address,
                             self._attack.port, self._attack.connections, _SECONDS)
        honest = self._start(self._attack.member, "honest.py", self._address, _HTTP, _SECONDS)
        while honest.is_running():
            self._peak = max(self._peak, proportional_bytes(self._pid))
            self._most_held = max(self._most_held, self._held())
            time.sleep(0.3)
        holder.wait(30)
        report, siege = json.loads(honest.tail(1)), json.loads(holder.tail(1))
        grown = self._peak - before
        shed = {what: self._shed(what)
                for what in ("request", "connection", "retry", "stream", "reader")}
        relieved = [each for second, each in report["by_second"].items()
                    if int(second) >= _RELIEF_SECONDS]
        wrong = self._wrong(report, grown, shed, relieved) + self._wrong_afterwards()
        figures = (f"{grown / 1e6:.1f} MB more, {self._most_held / 1e6:.1f} MB in buffers;"
                   f" {report['served']} served, {report['shed']} shed; {shed};"
                   f" of {siege['made']} attackers {siege['ended']} ended")
        if wrong:
            ticks.fail(title, f"{'; '.join(wrong)}: {figures}")
        else:
            ticks.ok(title, figures)

    def _wrong(self, report, grown, shed, relieved):
        budget = self._attack.most + _SLACK + self._attack.connections * _OF_A_CONNECTION
        refused = sum(each["shed"] for each in relieved)
        served = sum(each["served"] for each in relieved)
        errors = sum(self._metrics().sum(f"{direction}_http_errors_total", error=_ERROR)
                     for direction in ("inbound", "outbound"))
        return [why for bad, why in (
            (self._most_held <= _LIMIT, "the limit was never reached: nothing was asked"),
            (self._most_held > self._attack.most, "buffers hold far more than they may"),
            (grown > budget and not self._sanitized, f"more than {budget / 1e6:.0f} MB"),
            (report["other"], f"neither served nor shed: {report['other']}"),
            (shed["request"] == 0, "no request was shed"),
            (errors < shed["request"], f"{errors:.0f} requests failed by `{_ERROR}`"),
            (not any(shed[what] for what in self._attack.given_up), "nothing was given up"),
            (refused > served / 20, f"after {_RELIEF_SECONDS} s {refused} are refused still"),
        ) if bad]

    def _wrong_afterwards(self):
        wrong = []
        report = self._honest(2)
        if report["shed"] or report["other"] or not report["served"]:
            wrong.append(f"afterwards: {report}")
        try:
            wait_until(lambda: self._held() == 0, 10, "buffers being empty")
        except LabError:
            wrong.append(f"{self._held():.0f} bytes are held for nobody")
        return wrong

    def _start(self, member, script, *words):
        return self._mesh[member].start(script, [sys.executable, peer(script), *words],
                                        files="16384:16384")

    def _honest(self, seconds):
        honest = self._start(self._attack.member, "honest.py", self._address, _HTTP, seconds)
        honest.wait(30)
        return json.loads(honest.tail(1))

    def _metrics(self):
        return self._mesh.metrics(self._attack.proxy)

    def _held(self):
        return self._metrics().sum("seine_buffers_held_bytes")

    def _shed(self, what):
        return int(self._metrics().sum("seine_buffers_shed_total", what=what))

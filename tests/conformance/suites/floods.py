# SPDX-License-Identifier: Apache-2.0
"""Attacks on a listener while an honest client uses it: memory, latency, ends, and a metric."""

import json
import statistics
import sys
import threading
import time
from dataclasses import dataclass, replace

from lab.applications import start_responder
from lab.load import Load
from lab.process import LabError, is_sanitized, resident_bytes

from places import CLIENT, OUTSIDER, SERVER, make_chain, open_mesh
from programs import peer

_PORT, _DECLARED, _SECOND = 8080, 8081, 8082
_ROUNDS, _CALM_SECONDS, _STORM_SECONDS = 3, 0.8, 2.0
# Below it a p99 says more about the machine than about us.
_FLOOR_MS = 15.0
_MB = 1_000_000
_OFFENCES = "seine_http_offences_total"


@dataclass(frozen=True)
class _Attack:
    """`counted`: the labels of the offence that tells of it, or tcp_open_connections;
    `budget`: what the proxy may grow by meanwhile; `ends`: whether it ends the connections."""
    name: str
    counted: object
    budget: int = 12 * _MB
    ends: bool = True
    port: int = _PORT


def _offence(name, *actions):
    return {"offence": name, "actions": actions}


_CONTROL = _offence("control flood", "goaway", "closed")
_HTTP2 = [
    _Attack("ping", _CONTROL), _Attack("settings", _CONTROL), _Attack("priority", _CONTROL),
    _Attack("window update", _CONTROL), _Attack("continuation", _CONTROL),
    _Attack("empty data", _offence("empty frames", "goaway", "closed")),
    _Attack("rapid reset", _offence("rapid reset", "goaway", "closed")),
    _Attack("provoked reset", _offence("malformed messages", "goaway", "closed")),
    _Attack("belied length", _offence("malformed messages", "goaway", "closed")),
    _Attack("header bomb", _offence("too large", "reset")),
    _Attack("near-empty bomb", _offence("too large", "reset")),
    _Attack("crumb bomb", _offence("too large", "reset")),
    _Attack("header count", _offence("too large", "reset")),
    _Attack("pinned answers", _offence("stalled stream", "reset"), 24 * _MB, ends=False),
]
_HTTP2 = [replace(attack, port=_SECOND) for attack in _HTTP2]
_HTTP1 = [
    _Attack("fields", _offence("too large", "refused")),
    _Attack("long head", _offence("too large", "refused")),
    _Attack("chunk extensions", _offence("too large", "closed")),
    _Attack("trailers", _offence("too large", "closed")),
    _Attack("slow heads", _offence("slow head", "refused"), 24 * _MB, port=_DECLARED),
    # An application's patience with a body is its own affair: what they cost is what is bounded.
    _Attack("slow bodies", "tcp_open_connections", 24 * _MB, ends=False),
    _Attack("idle connections", "tcp_open_connections", 24 * _MB, ends=False),
]
# What has not begun TLS within the time for it is taken for raw bytes, and costs what such a
# connection does.
_TLS = [
    _Attack("half-open handshakes", "tcp_open_connections", 24 * _MB, ends=False),
    _Attack("dripped ClientHellos", "tcp_open_connections", 24 * _MB, ends=False),
    _Attack("noise for a ClientHello", "tcp_open_connections", ends=False),
]
_SECURE = [_Attack("handshakes", "tcp_open_connections", ends=False)]


@dataclass(frozen=True)
class _Entry:
    """Which proxy is attacked from where, and from where the honest client comes."""
    title: str
    proxy: str
    member: str
    secure: bool
    honest: str
    attacks: list


_ENTRIES = [
    _Entry("inbound, in plain", "server", OUTSIDER, False, OUTSIDER, _HTTP2 + _HTTP1 + _TLS),
    _Entry("inbound, by mutual TLS", "server", OUTSIDER, True, CLIENT, _HTTP2 + _SECURE),
    _Entry("outbound", "web", CLIENT, False, CLIENT, _HTTP2 + _HTTP1),
]


def run(binaries, ticks):
    declared = {"port": _DECLARED, "protocol": "http1"}
    with open_mesh(binaries, [_PORT, _SECOND, declared]) as lab:
        # Short, so that what is limited by time is seen to be.
        mesh = lab.start(SEINE_PROXY_HTTP1_HEAD_TIMEOUT="1s",
                         SEINE_PROXY_HTTP2_STALL_TIMEOUT="500ms",
                         INBOUND_DETECT_TIMEOUT="1s", OUTBOUND_DETECT_TIMEOUT="1s")
        for port, flags in ((_PORT, []), (_DECLARED, []), (_SECOND, ["--h2"])):
            start_responder(mesh[SERVER], binaries, mesh[SERVER].ipv4, port, *flags)
        chain = make_chain(mesh)
        for entry in _ENTRIES:
            for attack in entry.attacks:
                _Storm(mesh, binaries, entry, attack, chain).judge(ticks)


class _Storm:
    """One attack at one entry, calm and storm in turns."""

    def __init__(self, mesh, binaries, entry, attack, chain):
        self._mesh = mesh
        self._binaries = binaries
        self._entry = entry
        self._attack = attack
        self._secure = chain if entry.secure else []
        self._told = []
        self._peak = 0

    def judge(self, ticks):
        title = f"floods: {self._attack.name} at {self._entry.title}"
        before, resident = self._counted(), self._resident()
        rounds = [(self._latency(_CALM_SECONDS), self._under_attack()) for _ in range(_ROUNDS)]
        calm = statistics.median(calm for calm, _ in rounds)
        storm = statistics.median(storm for _, storm in rounds)
        grown = max(0, self._peak - resident)
        counted = self._counted() - before
        made, ended, goaways = (sum(told[key] for told in self._told)
                                for key in ("made", "ended", "goaways"))
        figures = (f"p99 {calm:.1f} -> {storm:.1f} ms, {grown / _MB:.1f} MB, {made} connections,"
                   f" {ended} ended, {goaways} GOAWAY, {counted:.0f} counted")
        wrong = [why for bad, why in (
            (not self._mesh.proxies[self._entry.proxy].is_running(), "the proxy ended"),
            (storm > max(2 * calm, _FLOOR_MS), "an honest client waits more than twice as long"),
            (grown > self._attack.budget and not is_sanitized(self._binaries),
             f"more than {self._attack.budget / _MB:.0f} MB"),
            (self._attack.ends and ended == 0, "no connection of the attacker was ended"),
            (counted <= 0, f"nothing counted by {self._attack.counted}"),
        ) if bad]
        if wrong:
            ticks.fail(title, f"{'; '.join(wrong)}: {figures}")
        else:
            ticks.ok(title, figures)

    def _counted(self):
        metrics = self._mesh.metrics(self._entry.proxy)
        counted = self._attack.counted
        if isinstance(counted, dict):
            return sum(metrics.sum(_OFFENCES, offence=counted["offence"], action=action)
                       for action in counted["actions"])
        # The gauge is at rest again by now; this is what it rose by, in all.
        return metrics.sum("tcp_open_total", peer="src")

    def _resident(self):
        return resident_bytes([self._mesh.proxies[self._entry.proxy].pid])

    def _latency(self, seconds):
        """p99 of the honest client, in milliseconds."""
        report = Load(self._mesh[self._entry.honest], self._binaries, self._mesh[SERVER].ipv4,
                      _PORT, seconds, rate=200, connections=4).report()
        if report["failed"] or not report["completed"]:
            raise LabError(f"honest requests fail under {self._attack.name}: {report}")
        return report["latency_us"]["p99"] / 1000

    def _under_attack(self):
        attacker = threading.Thread(target=self._strike)
        attacker.start()
        time.sleep(0.3)
        storm = self._latency(_CALM_SECONDS)
        while attacker.is_alive():
            self._peak = max(self._peak, self._resident())
            attacker.join(0.1)
        return storm

    def _strike(self):
        done = self._mesh[self._entry.member].run(
            ["nice", "-n", "10", sys.executable, peer("flood.py"), self._attack.name,
             self._mesh[SERVER].ipv4, self._attack.port, _STORM_SECONDS, *self._secure], 60)
        if done.returncode != 0:
            self._told.append({"made": 0, "ended": 0, "goaways": 0})
            print(f"flood.py: {done.stderr[-800:]}", file=sys.stderr)
            return
        self._told.append(json.loads(done.stdout))

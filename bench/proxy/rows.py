# SPDX-License-Identifier: Apache-2.0
"""The rows of the benchmark: which work, by which targets, and what we want of it."""

from dataclasses import dataclass

import envoy_targets
import haproxy_targets
import nghttpx_targets
import nginx_targets
import seine_targets
import targets
from loads import MIB, OPAQUE, GrpcLoad, HandshakeLoad, Load, PacedLoad
from memory import MemoryLoad, TlsMemoryLoad


@dataclass(frozen=True)
class Figure:
    key: str  # in a Window
    heading: str
    form: str = ".1f"


@dataclass(frozen=True)
class Aim:
    """At most so much: as a ratio to a peer, or, without a peer, of the figure itself."""

    figure: str
    peer: str
    most: float


@dataclass(frozen=True)
class Row:
    title: str
    load: object
    targets: tuple  # the last one is ours
    peers: dict  # "HAProxy": the target that is meant in ratios
    figures: tuple  # the first is the one that ratios are given of
    aims: tuple = ()

    @property
    def ours(self):
        return self.targets[-1].name


def _aims(figure, **most):
    return tuple(Aim(figure, peer, ratio) for peer, ratio in most.items())


_CPU = (Figure("cpu_us", "CPU µs/request"), Figure("per_second", "requests/s", ".0f"),
        Figure("p50_us", "p50 µs", ".0f"), Figure("p99_us", "p99 µs", ".0f"))

_HOP = (targets.Direct, targets.CopyFloor, haproxy_targets.HaproxyHop, nginx_targets.NginxHop,
        nghttpx_targets.NghttpxHop, envoy_targets.EnvoyHop, seine_targets.SeineHop)
_HOP_PEERS = {"HAProxy": "HAProxy", "nginx": "nginx", "Envoy": "Envoy"}
_PAIR = (haproxy_targets.HaproxyPairH1, haproxy_targets.HaproxyPairH2, nginx_targets.NginxPair,
         nghttpx_targets.NghttpxPair, envoy_targets.EnvoyPair, seine_targets.SeinePair)
_PAIR_PEERS = {"HAProxy": "HAProxy (h2 between)", "nginx": "nginx (h1 between)",
               "Envoy": "Envoy (h2 between)"}
_PAIR_TCP = (haproxy_targets.HaproxyPairTcp, nginx_targets.NginxPairTcp,
             nghttpx_targets.NghttpxPair, envoy_targets.EnvoyPairTcp, seine_targets.SeinePairTcp)
# Answers of one MiB each.
_BULK = (Figure("cpu_us", "CPU µs/MiB", ".0f"), Figure("per_second", "MiB/s", ".0f"),
         Figure("p50_us", "p50 µs", ".0f"), Figure("p99_us", "p99 µs", ".0f"))
_HANDSHAKES = (Figure("cpu_us", "CPU µs/handshake", ".0f"),
               Figure("per_core_second", "per core second", ".0f"),
               Figure("per_second", "done/s", ".0f"), Figure("p50_us", "p50 µs", ".0f"))
_ADDED = (Figure("added_p50_us", "added p50 µs", ".0f"),
          Figure("added_p99_us", "added p99 µs", ".0f"),
          Figure("added_p999_us", "added p99.9 µs", ".0f"), Figure("p50_us", "p50 µs", ".0f"),
          Figure("p99_us", "p99 µs", ".0f"), Figure("cpu_us", "CPU µs/request"))
_ADDED_AIMS = (_aims("added_p50_us", HAProxy=0.85, nginx=0.75, Envoy=0.60) +
               _aims("added_p99_us", HAProxy=1.0, nginx=1.0, Envoy=0.60))
_MEMORY = (Figure("idle_mb", "idle MB"), Figure("connection_kb", "KB/idle connection"),
           Figure("after_mb", "after 256 connections MB"))
_HOP_AIMS = _aims("cpu_us", HAProxy=0.90, nginx=0.90, Envoy=0.40)


def _hop(connections):
    return Row(f"one plain HTTP/1.1 hop, 1 KB, {connections} connections", Load(connections), _HOP,
               _HOP_PEERS, _CPU, _HOP_AIMS)


def _pair(connections, aims):
    return Row(f"mesh pair, HTTP/1.1 clients, mutual TLS 1.3, 1 KB, {connections} connections",
               Load(connections), _PAIR, _PAIR_PEERS, _CPU, aims)


def _balance(connections):
    return Row(f"mesh pair as above that balances over 10 addresses of a service, {connections} "
               "connections", Load(connections, endpoints=10), _PAIR, _PAIR_PEERS, _CPU)


def _grpc(connections, streams, aims):
    return Row("gRPC mesh pair (h2c, HTTP/2 in mutual TLS 1.3, h2c), messages of 128 B and 1 KB, "
               f"{connections * streams} calls at once: {connections} connections of {streams} "
               "streams", GrpcLoad(connections, streams=streams), _PAIR, _PAIR_PEERS, _CPU, aims)


def _paced(what, rate, those, peers):
    return Row(f"{what}, 1 KB, {rate} requests a second in an open loop over 32 connections",
               PacedLoad(32, rate=rate), those, peers, _ADDED, _ADDED_AIMS)


def _paced_hop(rate):
    return _paced("one plain HTTP/1.1 hop", rate, _HOP, _HOP_PEERS)


def _paced_pair(rate):
    return _paced("mesh pair, HTTP/1.1 clients, mutual TLS 1.3", rate, (targets.Direct, *_PAIR),
                  _PAIR_PEERS)


ROWS = {
    "hop-c32": _hop(32),
    "hop-c256": _hop(256),
    "pair-c32": _pair(32, _aims("cpu_us", HAProxy=0.80, nginx=0.50, Envoy=0.30)),
    "pair-c256": _pair(256, _aims("cpu_us", HAProxy=0.70, nginx=0.30, Envoy=0.30)),
    "balance-c32": _balance(32),
    "balance-c256": _balance(256),
    "grpc-c32": _grpc(4, 8, _aims("cpu_us", HAProxy=0.75, Envoy=0.35)),
    "grpc-c256": _grpc(8, 32, _aims("cpu_us", HAProxy=0.55, Envoy=0.35)),
    "pair-1mib": Row(
        "mesh pair, HTTP/1.1 clients, mutual TLS 1.3, answers of 1 MiB, 8 connections",
        Load(8, body_bytes=MIB), _PAIR, {**_PAIR_PEERS, "HAProxy": "HAProxy (h1 between)"}, _BULK,
        _aims("cpu_us", HAProxy=0.90, nginx=0.60, Envoy=0.60)),
    "opaque-1mib": Row(
        "opaque TCP through a mesh pair, mutual TLS 1.3, 1 MiB from the server for each 80 B of "
        "the client, 8 connections", Load(8, protocol=OPAQUE, body_bytes=MIB), _PAIR_TCP,
        _HOP_PEERS, _BULK, _aims("cpu_us", HAProxy=0.90, Envoy=0.60)),
    # At least 1.2 times as many handshakes of a core's second is at most 1/1.2 of the CPU.
    "handshakes": Row(
        "mutual TLS 1.3 handshakes, full ones, no resumption, P-256, one request each: CPU of the "
        "inbound proxy", HandshakeLoad(), _PAIR[1:], _PAIR_PEERS, _HANDSHAKES,
        _aims("cpu_us", HAProxy=0.83)),
    "hop-1000": _paced_hop(1000),
    "hop-3000": _paced_hop(3000),
    "hop-10000": _paced_hop(10000),
    "pair-1000": _paced_pair(1000),
    "pair-3000": _paced_pair(3000),
    "pair-10000": _paced_pair(10000),
    "memory": Row(
        "memory of one proxy (PSS): idle, for each of 1000 idle HTTP/1.1 connections, after 256 "
        "busy ones", MemoryLoad(), _HOP[1:], _HOP_PEERS, _MEMORY,
        (Aim("idle_mb", None, 8), Aim("connection_kb", None, 1), Aim("after_mb", None, 14),
         *_aims("idle_mb", Envoy=0.25), *_aims("connection_kb", Envoy=0.25),
         *_aims("after_mb", Envoy=0.25))),
    "memory-tls": Row(
        "memory of a pair's inbound proxy (PSS): idle, for each of 1000 idle connections of mutual "
        "TLS 1.3, after 256 busy clients of the pair", TlsMemoryLoad(), _PAIR[1:], _PAIR_PEERS,
        _MEMORY, (Aim("connection_kb", None, 12), *_aims("connection_kb", Envoy=0.25))),
}

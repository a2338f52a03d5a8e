# SPDX-License-Identifier: Apache-2.0
"""The rows of the benchmark: which work, by which targets."""

from dataclasses import dataclass

import envoy_targets
import nghttpx_targets
import seine_targets
import targets


@dataclass(frozen=True)
class Row:
    title: str
    connections: int
    targets: tuple
    reference: str  # the target the ratios are taken to


_HOP = (targets.Direct, targets.CopyFloor, targets.HaproxyHop, targets.NginxHop,
        nghttpx_targets.NghttpxHop, envoy_targets.EnvoyHop, seine_targets.SeineHop)
_PAIR = (targets.HaproxyPairH1, targets.HaproxyPairH2, targets.NginxPair,
         nghttpx_targets.NghttpxPair, envoy_targets.EnvoyPair, seine_targets.SeinePair)

ROWS = {
    "hop-c32": Row("one plain HTTP/1.1 hop, 1 KB, 32 connections", 32, _HOP, "HAProxy"),
    "hop-c256": Row("one plain HTTP/1.1 hop, 1 KB, 256 connections", 256, _HOP, "HAProxy"),
    "pair-c32": Row("mesh pair, HTTP/1.1 clients, mutual TLS 1.3, 1 KB, 32 connections", 32, _PAIR,
                    "HAProxy (h2 between)"),
    "pair-c256": Row("mesh pair, HTTP/1.1 clients, mutual TLS 1.3, 1 KB, 256 connections", 256,
                     _PAIR, "HAProxy (h2 between)"),
}

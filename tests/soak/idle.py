# SPDX-License-Identifier: Apache-2.0
"""What a thousand idle connections cost a proxy, by kind."""

import json
import sys
import time
from dataclasses import dataclass

from lab.applications import start_responder
from lab.process import LabError, is_sanitized, wait_until

from places import CLIENT, OUTSIDER, SERVER, make_chain, open_mesh
from samples import peer, proportional_bytes

_HTTP1, _HTTP2, _OPAQUE = 8080, 8082, 8083
_COUNT, _WARM = 1000, 40
_FILES = "16384:16384"
# Upstream connections without work are closed after 3 s, and memory that is free is given back at
# looks that are 5 s apart.
_SETTLE_SECONDS = 12


@dataclass(frozen=True)
class _Kind:
    """`at_most`: bytes of the proxy's own memory for one connection; the kernel's are not in it."""
    name: str
    speaks: str
    port: int
    at_most: int
    secure: bool = False
    proxy: str = "server"
    member: str = OUTSIDER


_KINDS = [
    _Kind("HTTP/1, inbound, in plain", "http1", _HTTP1, 7500),
    _Kind("HTTP/1, outbound", "http1", _HTTP1, 6500, proxy="web", member=CLIENT),
    _Kind("HTTP/2, inbound, in plain", "http2", _HTTP2, 25000),
    _Kind("opaque, inbound, in plain", "http1", _OPAQUE, 8500),
    _Kind("HTTP/1, inbound, by mutual TLS", "http1", _HTTP1, 30000, secure=True),
    _Kind("HTTP/2, inbound, by mutual TLS", "http2", _HTTP2, 60000, secure=True),
    _Kind("opaque, through both, at the client's", "http1", _OPAQUE, 33000, proxy="web",
          member=CLIENT),
    _Kind("opaque, through both, at the server's", "http1", _OPAQUE, 33000, member=CLIENT),
]


def run(options, ticks):
    for kind in _KINDS:
        title = f"idle: {kind.name}"
        cost, idle = _measure(options.bin, kind)
        told = f"{cost:.0f} bytes each of {_COUNT}; {idle / 1e6:.1f} MB before"
        if cost > kind.at_most and not is_sanitized(options.bin):
            ticks.fail(title, f"more than {kind.at_most}: {told}")
        else:
            ticks.ok(title, told)


def _measure(binaries, kind):
    """Bytes for each connection, and what the proxy had before, on a proxy that is fresh."""
    ports = [_HTTP1, _HTTP2, {"port": _OPAQUE, "protocol": "opaque"}]
    with open_mesh(binaries, ports) as lab:
        mesh = lab.start(files=_FILES)
        for port, flags in ((_HTTP1, []), (_HTTP2, ["--h2"]), (_OPAQUE, [])):
            start_responder(mesh[SERVER], binaries, mesh[SERVER].ipv4, port, *flags)
        chain = make_chain(mesh) if kind.secure else []
        pid = mesh.proxies[kind.proxy].pid
        # Caches, and what is made at first use.
        crowd = _open(mesh, kind, _WARM, chain)
        crowd.stop()
        time.sleep(_SETTLE_SECONDS / 2)
        before = proportional_bytes(pid)
        crowd = _open(mesh, kind, _COUNT, chain)
        time.sleep(_SETTLE_SECONDS)
        if not crowd.is_running():
            raise LabError(f"the crowd of {kind.name} ended: {crowd.tail()}")
        opened = mesh.metrics(kind.proxy).sum("tcp_open_connections", peer="src")
        if opened < _COUNT:
            raise LabError(f"{kind.name}: {opened:.0f} of {_COUNT} connections are open")
        return (proportional_bytes(pid) - before) / _COUNT, before


def _open(mesh, kind, count, chain):
    crowd = mesh[kind.member].start("crowd", [
        sys.executable, peer("idle_crowd.py"), kind.speaks, mesh[SERVER].ipv4, kind.port, count,
        *chain], files=_FILES)

    def is_there():
        if not crowd.is_running():
            raise LabError(f"the crowd of {kind.name} ended: {crowd.tail()}")
        return "{" in crowd.log()
    wait_until(is_there, 60, f"{count} connections of {kind.name}")
    json.loads(crowd.tail(1))
    return crowd

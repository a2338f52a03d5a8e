# SPDX-License-Identifier: Apache-2.0
"""Clients and servers that people use, each client with each server, through two proxies."""

from lab.process import LabError, wait_until

import servers as strangers
from cases import GRPC_REQUESTS, REQUESTS
from clients import CLIENTS
from places import CLIENT, SERVER, open_mesh, why_not_secret

_COUNTED_SECONDS = 3
# Cases that have a process and a count of connections of their own.
_ALONE = {"fifty": 1, "crowd": 10}


def run(binaries, ticks):
    servers = strangers.present(ticks, "peers")
    clients = []
    for client in CLIENTS:
        program = client.find()
        if program is None:
            ticks.missing(f"peers: {client.name}", client.wants)
        else:
            clients.append((client, program))
    with open_mesh(binaries, sorted(set().union(*(each.ports() for each in servers)))) as lab:
        mesh = lab.start()
        strangers.start_all(mesh, mesh[SERVER], servers)
        for server in servers:
            for client, program in clients:
                if getattr(server, client.speaks):
                    _Pair(mesh, client, program, server).judge(ticks)
        plain = why_not_secret(mesh)
        if plain:
            ticks.fail("peers: between the proxies", plain)
        else:
            ticks.ok("peers: between the proxies mutual TLS and nothing else")


class _Pair:
    def __init__(self, mesh, client, program, server):
        self._mesh = mesh
        self._client = client
        self._program = program
        self._port = getattr(server, client.speaks)
        self._requests = GRPC_REQUESTS if client.speaks == "grpc" else REQUESTS
        self._names = [name for name in self._requests
                       if name in client.cases and name not in server.lacks]
        self._title = f"peers: {client.name} with {server.name}"

    def judge(self, ticks):
        together = [name for name in self._names if name not in _ALONE]
        held = self._batch(ticks, together)
        for name in self._names:
            if name in _ALONE:
                held += self._batch(ticks, [name], _ALONE[name])
        ticks.group(self._title, held)

    def _batch(self, ticks, names, connections=None):
        """Runs them; how many held. Counts of the proxies are one case more."""
        before = self._counts()
        base = f"http://{self._mesh[SERVER].ipv4}:{self._port}"
        said = self._client.run(self._mesh, self._mesh[CLIENT], self._program, base, names)
        failures = {name: why for name, why in said.items() if why is not None}
        for name, why in failures.items():
            ticks.fail(f"{self._title}: {name}", why)
        wrong = self._miscounted(before, sum(self._requests[name] for name in names), connections)
        if wrong:
            ticks.fail(f"{self._title}: counts of {', '.join(names)}", wrong)
        return len(names) - len(failures) + (not wrong)

    def _counts(self):
        """Requests that each proxy counts, those that came by mutual TLS from the client, and
        connections that the client opened."""
        web, server = self._mesh.metrics("web"), self._mesh.metrics("server")
        port = str(self._port)
        return {
            "outbound": web.sum("request_total", direction="outbound", target_port=port),
            "inbound": server.sum("request_total", direction="inbound", target_port=port),
            "by mutual TLS": server.sum(
                "request_total", direction="inbound", target_port=port, tls="true",
                client_id=self._mesh.workloads["web"].identity),
            "connections": web.sum("tcp_open_total", direction="outbound", peer="src",
                                   target_port=port)}

    def _miscounted(self, before, sent, connections):
        """None if what was sent was counted once, else a sentence."""
        wanted = dict.fromkeys(("outbound", "inbound", "by mutual TLS"), sent)
        if connections:
            wanted["connections"] = connections
        more = {}

        def agrees():
            after = self._counts()
            more.update((name, after[name] - before[name]) for name in wanted)
            return more == wanted
        try:
            wait_until(agrees, _COUNTED_SECONDS, "the counts")
        except LabError:
            return ", ".join(f"{name}: {more[name]:.0f}, not {wanted[name]}" for name in wanted
                             if more[name] != wanted[name])
        return None

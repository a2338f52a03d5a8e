# SPDX-License-Identifier: Apache-2.0
"""Every client with every server that has what it speaks, and what the proxies count meanwhile."""

from lab.process import LabError, wait_until

import servers as strangers
from places import CLIENT, SERVER, open_mesh, why_not_secret

_COUNTED_SECONDS = 3
_CLOSED_SECONDS = 10


def judge_all(binaries, ticks, suite, clients, alone, requests_of):
    """`alone`: cases that have a process of their own, and the connections that they may take.
    `requests_of(client)`: its cases, and how many requests each takes."""
    servers = strangers.present(ticks, suite)
    present = []
    for client in clients:
        program = client.find()
        if program is None:
            ticks.missing(f"{suite}: {client.name}", client.wants)
        else:
            present.append((client, program))
    with open_mesh(binaries, sorted(set().union(*(each.ports() for each in servers)))) as lab:
        mesh = lab.start()
        strangers.start_all(mesh, mesh[SERVER], servers)
        for server in servers:
            for client, program in present:
                if getattr(server, client.speaks):
                    title = f"{suite}: {client.name} with {server.name}"
                    _Pair(mesh, title, client, program, server, requests_of(client),
                          alone).judge(ticks)
        _expect_secret(mesh, ticks, suite)
        _expect_closed(mesh, ticks, suite)


def _expect_secret(mesh, ticks, suite):
    plain = why_not_secret(mesh)
    if plain:
        ticks.fail(f"{suite}: between the proxies", plain)
    else:
        ticks.ok(f"{suite}: between the proxies mutual TLS and nothing else")


def _expect_closed(mesh, ticks, suite):
    """Connections of clients that have ended end with them."""
    def open_connections():
        return mesh.metrics("web").sum("tcp_open_connections", direction="outbound", peer="src")
    try:
        wait_until(lambda: open_connections() == 0, _CLOSED_SECONDS, "the end")
    except LabError:
        ticks.fail(f"{suite}: connections", f"{open_connections():.0f} outlive their clients")
    else:
        ticks.ok(f"{suite}: no connection outlives its client")


class _Pair:
    def __init__(self, mesh, title, client, program, server, requests, alone):
        self._mesh = mesh
        self._client = client
        self._program = program
        self._port = getattr(server, client.speaks)
        self._requests = requests
        self._alone = alone
        self._names = [
            name for name in self._requests if name in client.cases
            and not {name, f"{client.speaks} {name}"} & server.lacks]
        self._title = title

    def judge(self, ticks):
        together = [name for name in self._names if name not in self._alone]
        held = self._batch(ticks, together)
        for name in self._names:
            if name in self._alone:
                held += self._batch(ticks, [name], self._alone[name])
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

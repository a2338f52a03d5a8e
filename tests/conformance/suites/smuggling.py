# SPDX-License-Identifier: Apache-2.0
"""Bytes that two readers could take for different requests, through the proxies to each server."""

import itertools
import json
import string
import sys
from dataclasses import dataclass

from lab.applications import start_listener
from lab.certificates import make_leaf
from lab.mesh import identity_of
from lab.process import LabError, wait_until

import h2_frames
import servers as strangers
import smuggling_http1
import smuggling_http2
from places import CLIENT, OUTSIDER, SERVER, open_mesh
from programs import peer

_RECORDER, _DECLARED = 8071, 8072
_RELAY_FROM = 8200
_SECONDS = 300
_HONEST = 20
_DIGITS = string.digits + string.ascii_lowercase


@dataclass(frozen=True)
class _Target:
    """Where bytes are sent from and to, and which server gets what the proxies let pass: None is
    the recorder."""
    title: str
    member: str
    address: str
    port: int
    server: object
    speaks: int  # the version of HTTP
    written_as: int = 1  # the version that the server is to get
    declared: bool = False  # whether the proxies know that the port speaks HTTP/1


def run(binaries, ticks):
    servers = strangers.present(ticks, "smuggling")
    ports = set().union(*(each.ports() for each in servers), {_RECORDER})
    declared = {"port": _DECLARED, "protocol": "http1"}
    with open_mesh(binaries, [*sorted(ports), declared]) as lab:
        mesh = lab.start()
        strangers.start_all(mesh, mesh[SERVER], servers)
        for port in (_RECORDER, _DECLARED):
            start_listener(mesh[SERVER], f"recorder-{port}", port, [
                sys.executable, peer("recorder.py"), port, mesh.path("recorded")])
        marks = _marks()
        for target in _targets(mesh, servers):
            _Trial(mesh, target, marks).judge(ticks)
        for name in ("web", "server"):
            if not mesh.proxies[name].is_running():
                ticks.fail("smuggling", f"the proxy of {name} ended: {mesh.proxies[name].tail()}")


def _marks():
    """Four characters each, as long as the word they replace."""
    return ("q" + "".join(rest) for rest in itertools.product(_DIGITS, repeat=3))


def _targets(mesh, servers):
    """By both proxies, by the server's alone in plain, and from a client that means harm by mutual
    TLS: its HTTP/2 can ask to be written as HTTP/1."""
    address = mesh[SERVER].ipv4
    _prepare_relays(mesh)
    relay = itertools.count(_RELAY_FROM)
    for server in [None, *servers]:
        name, port = (server.name, server.first) if server else ("the recorder", _RECORDER)
        yield _Target(f"HTTP/1 by two proxies to {name}", CLIENT, address, port, server, 1)
        yield _Target(f"HTTP/1 by one proxy to {name}", OUTSIDER, address, port, server, 1)
        yield _Target(f"HTTP/2 by mutual TLS, for HTTP/1, to {name}", OUTSIDER, "127.0.0.1",
                      _start_relay(mesh, next(relay), port), server, 2)
        if server and server.second:
            for title, member in (("two proxies", CLIENT), ("one proxy", OUTSIDER)):
                yield _Target(f"HTTP/2 by {title} to {name}", member, address, server.second,
                              server, 2, written_as=2)
    for title, member in (("two proxies", CLIENT), ("one proxy", OUTSIDER)):
        yield _Target(f"HTTP/1 by {title} to the recorder, the port declared", member, address,
                      _DECLARED, None, 1, declared=True)
    yield _Target("HTTP/2 by mutual TLS, for HTTP/1, to the recorder, the port declared", OUTSIDER,
                  "127.0.0.1", _start_relay(mesh, next(relay), _DECLARED), None, 2, declared=True)


def _prepare_relays(mesh):
    mesh.copy_issuer("issuer")
    make_leaf(mesh.directory, "web", identity_of("web"), "issuer")
    with open(mesh.path("anchors.pem"), "w", encoding="ascii") as file:
        file.write(mesh.trust_anchors())


def _start_relay(mesh, port, target):
    """`port`, from which bytes go on by mutual TLS to that port of the server."""
    start_listener(mesh[OUTSIDER], f"relay-{port}", port, [
        sys.executable, peer("tls_relay.py"), port, mesh[SERVER].ipv4, target,
        identity_of("server"), mesh.path("anchors.pem"), mesh.path("web.pem"),
        mesh.path("issuer.pem")])
    return port


class _Trial:
    """All attacks on one target."""

    def __init__(self, mesh, target, marks):
        self._mesh = mesh
        self._target = target
        self._downgraded = target.speaks > target.written_as
        known = (smuggling_http1.attacks() if target.speaks == 1
                 else smuggling_http2.attacks(self._downgraded))
        known = [attack for attack in known if target.declared or not attack.declared]
        self._attacks = {next(marks): attack for attack in known}
        self._honest = [next(marks) for _ in range(_HONEST)]

    def judge(self, ticks):
        title = f"smuggling: {self._target.title}"
        answers = self._send({mark: self._bytes(mark, attack)
                              for mark, attack in self._attacks.items()})
        held = 0
        self._wait_for_records()
        for mark, attack in self._attacks.items():
            wrong = self._seen_wrong(mark, attack) or self._answered_wrong(attack, answers[mark])
            if wrong:
                ticks.fail(f"{title}: {attack.name}", wrong)
            held += not wrong
        wrong = self._honest_wrong()
        if wrong:
            ticks.fail(f"{title}: honest requests afterwards", wrong)
        ticks.group(title, held + (not wrong))

    def _bytes(self, mark, attack):
        data = attack.data.replace(b"MARK", mark.encode())
        return data if self._target.speaks == 1 else h2_frames.connection(data)

    def _send(self, pieces):
        target = self._target
        told = json.dumps([[name, data.hex()] for name, data in pieces.items()])
        done = self._mesh[target.member].run(
            [sys.executable, peer("raw_client.py"), target.address, target.port], _SECONDS,
            stdin=told)
        if done.returncode != 0:
            raise LabError(f"raw_client.py: {done.stderr[-800:]}")
        return json.loads(done.stdout)

    def _wait_for_records(self):
        """Until what the last attack left has been written down."""
        def size():
            return sum(len(line) for line in self._records())
        before = [-1]

        def settled():
            before[:] = [*before, size()][-2:]
            return before[0] == before[1]
        wait_until(settled, 10, "the servers to have said all", every=0.3)

    def _records(self):
        if self._target.server:
            return strangers.seen(self._mesh, self._target.server)
        with open(self._mesh.path("recorded"), encoding="ascii") as file:
            return file.readlines()

    def _seen_wrong(self, mark, attack):
        """None, or what the server got that it should not have."""
        mine = [line for line in self._records() if mark in line]
        if self._target.server:
            if any(f"smuggled?{mark}" in line for line in mine):
                return f"the server took it for more than it is: {mine}"
            return f"{len(mine)} requests reached the server: {mine}" if (
                len(mine) > attack.count or (mine and attack.fate == "refused")) else None
        notes = [json.loads(line) for line in mine]
        wrong = [note for note in notes if "wrong" in note]
        whole = [note for note in notes if "target" in note]
        if wrong or any("smuggled" in note["target"] for note in whole):
            return f"the recorder got {wrong or whole}"
        if attack.fate == "refused":
            return f"the recorder got {notes}" if notes else None
        if attack.fate == "cut":
            return f"the recorder got it whole: {whole}" if whole else None
        if len(whole) != attack.count and not (attack.fate == "either" and not whole):
            return f"the recorder got {len(whole)} requests: {notes}"
        return None

    def _answered_wrong(self, attack, answer):
        """None, or what the client was told that it should not have been."""
        if answer.endswith("+"):
            return f"the connection did not end: {bytes.fromhex(answer[:-1])[:300]!r}"
        data = bytes.fromhex(answer)
        good = (data.count(b"HTTP/1.1 200") + data.count(b"HTTP/1.0 200")
                if self._target.speaks == 1 else h2_frames.answers_ok(data))
        if good and attack.fate in ("refused", "cut"):
            return f"it was answered as if it were good: {data[:300]!r}"
        if good > attack.count:
            return f"{good} answers came: {data[:600]!r}"
        return None

    def _honest_wrong(self):
        """Each of others' requests gets its own answer."""
        pieces = {mark: b"GET /one?%b HTTP/1.1\r\nHost: HOST\r\n\r\n" % mark.encode()
                  for mark in self._honest}
        if self._target.speaks != 1:
            pieces = {mark: h2_frames.connection(h2_frames.request(
                [(":method", "GET"), (":scheme", "http"), (":path", f"/one?{mark}"),
                 (":authority", "HOST")] + [smuggling_http2.DOWNGRADE] * self._downgraded))
                for mark in self._honest}
        for mark, answer in self._send(pieces).items():
            data = bytes.fromhex(answer.rstrip("+"))
            body = f"/one?{mark}".encode() if self._target.server is None else b"a"
            if body not in data or (data.count(b"HTTP/1.1 ") != 1 if self._target.speaks == 1
                                    else h2_frames.answers_ok(data) != 1):
                return f"{mark}: {data[:300]!r}"
        return None

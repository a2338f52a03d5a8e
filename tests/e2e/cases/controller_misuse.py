# SPDX-License-Identifier: Apache-2.0
"""Callers that do to a controller what no proxy does: it refuses, says why, forgets them, and has
time for everybody else."""

import json
import sys
import time

from harness import e2e, expect
from lab.applications import node, peer
from lab.certificates import make_authority, make_leaf, make_request
from lab.mesh import (CONTROL_ADMIN_PORT, DESTINATION_PORT, IDENTITY_PORT, POLICY_PORT, Mesh,
                      identity_of)
from lab.metrics import Metrics
from lab.process import LabError, is_sanitized, resident_bytes, wait_until

NAMES = {IDENTITY_PORT: identity_of("linkerd-identity", "linkerd"),
         DESTINATION_PORT: identity_of("linkerd-destination", "linkerd"),
         POLICY_PORT: identity_of("linkerd-destination", "linkerd")}
# In bytes; what was taken for a while is given back within some seconds.
GROWTH = 6_000_000
CONTEXTS = {name: json.dumps({"ns": "demo", "pod": f"{name}-0"}) for name in ("web", "server")}
OK, INVALID_ARGUMENT, PERMISSION_DENIED, RESOURCE_EXHAUSTED = "0", "3", "7", "8"
HANDSHAKE_SECONDS = 10


class _Misused(Mesh):
    """A controller, and in its clients' hands what they need to speak to it. The callers are in s,
    so that limits for each address leave the proxy in c alone."""

    def __enter__(self):
        self.start_controller()
        with open(self.path("anchors.pem"), "w", encoding="ascii") as file:
            file.write(self.trust_anchors())
        self.copy_issuer("issuer")
        self.good = self.leaf("good", "issuer")
        self._resident = resident_bytes([self.controller.pid])
        return self

    def leaf(self, name, authority, expired=False):
        """A certificate that names the workload web, and its key."""
        make_leaf(self.directory, name, identity_of("web"), authority, expired)
        return self.path(f"{name}.pem")

    def start_misuse(self, port, certificate, *words):
        return self["s"].start("misuse", [
            sys.executable, peer("misuse.py"), self["ctl"].ipv4, port, NAMES[port],
            self.path("anchors.pem"), certificate or "-", *words])

    def misuse(self, port, certificate, *words):
        process = self.start_misuse(port, certificate, *words)
        process.wait(40)
        return json.loads(process.tail(1))

    def call(self, port, certificate, *words):
        done = self["s"].run([
            node(), peer("controller_caller.js"), f"{self['ctl'].ipv4}:{port}", NAMES[port],
            self.path("anchors.pem"), certificate or "-", *words], 40)
        try:
            return json.loads(done.stdout)
        except ValueError:
            raise LabError(f"{words[0]}: {done.stdout}{done.stderr}") from None

    def counted(self, name, **labels):
        done = self["ctl"].run(["curl", "-sSf", "-m", "5",
                                f"http://127.0.0.1:{CONTROL_ADMIN_PORT}/metrics"])
        expect(done.returncode == 0, f"the controller's admin port: {done.stderr}")
        return Metrics(done.stdout).sum(name, **labels)

    def expect_said(self, *words):
        for line in self.controller.log().splitlines():
            if all(word in line for word in words):
                return
        expect(False, f"no line with {words} in:\n{self.controller.tail(8)}")

    def expect_serves(self):
        """A proxy that starts now is certified at once."""
        expect(self.controller.is_running(), f"the controller ended: {self.controller.tail()}")
        proxy = self.start_proxy("web", redirect="web" not in self.proxies)
        self.wait_ready("web", 5)
        proxy.stop()

    def expect_well(self):
        """It serves, and memory is where it was."""
        self.expect_serves()
        if is_sanitized(self.binaries):
            return
        wait_until(lambda: resident_bytes([self.controller.pid]) < self._resident + GROWTH, 12,
                   f"memory, {resident_bytes([self.controller.pid]) / 1e6:.1f} MB, falling to "
                   f"{(self._resident + GROWTH) / 1e6:.1f} MB")


@e2e("connections that stop in the midst of a TLS handshake, 300 to each port of a controller, are"
     " ended in time, and proxies are certified meanwhile", seconds=60)
def half_open_tls(binaries):
    with _Misused(binaries) as mesh:
        waiting = [mesh.start_misuse(port, None, "half-open", 300) for port in NAMES]
        for process in waiting:
            wait_until(lambda each=process: "open" in each.log(), 10, "half-open connections")
        mesh.expect_serves()
        for process in waiting:
            process.wait(30)
            report = json.loads(process.tail(1))
            expect(report["ended"] == 300, f"not all were ended: {report}")
            expect(report["seconds"] < HANDSHAKE_SECONDS + 5, f"they lived long: {report}")
        mesh.expect_well()


@e2e("a caller of discovery or policy without a certificate, with one of another authority or an"
     " expired one is refused, and the controller's log says which", seconds=60)
def wrong_certificates(binaries):
    with _Misused(binaries) as mesh:
        make_authority(mesh.directory, "other", "somebody else")
        wrong = {None: "no client certificate", mesh.leaf("foreign", "other"): "tls handshake",
                 mesh.leaf("old", "issuer", expired=True): "tls handshake"}
        for port, name in ((DESTINATION_PORT, "destination"), (POLICY_PORT, "policy")):
            for certificate, outcome in wrong.items():
                labels = {"port": name, "outcome": outcome}
                before = mesh.counted("seine_controller_connections_total", **labels)
                report = mesh.call(port, certificate, "get", "server.demo:80", CONTEXTS["web"], "1",
                                   "1")
                expect("error" in report and not report["statuses"],
                       f"{certificate} at {name}: {report}")
                after = mesh.counted("seine_controller_connections_total", **labels)
                expect(after == before + 1, f"{certificate} at {name} was not counted")
            mesh.expect_said("without a client certificate", f'port="{name}"', mesh["s"].ipv4)
            mesh.expect_said("handshake failed", f'port="{name}"', "unable to get", mesh["s"].ipv4)
            mesh.expect_said("handshake failed", f'port="{name}"', "expired", mesh["s"].ipv4)
        report = mesh.call(DESTINATION_PORT, mesh.good, "get",
                           f"{mesh['s'].ipv4}:8000", CONTEXTS["web"], "1", "1")
        expect(report["open"] == 1, f"one that is right was refused: {report}")
        mesh.expect_well()


@e2e("a certificate is refused to whoever has no token, that of another workload or a bad request;"
     " too many requests of one address get RESOURCE_EXHAUSTED, and others theirs", seconds=60)
def certify_misused(binaries):
    with _Misused(binaries) as mesh:
        web, server, stranger = (identity_of(name) for name in ("web", "server", "nobody"))
        csr = {name: make_request(mesh.directory, f"csr-{at}", name)
               for at, name in enumerate((web, server, stranger))}
        with open(mesh.path("junk.der"), "wb") as file:
            file.write(b"\x30\x82\xff\xff" + b"junk" * 100)
        refused = (
            (server, "token-of-web", csr[server], PERMISSION_DENIED, f"not of {server}"),
            (stranger, "token-of-web", csr[stranger], PERMISSION_DENIED, f"not of {stranger}"),
            (web, "no-token", csr[web], PERMISSION_DENIED, "not one of a workload"),
            (web, "t" * 100_000, csr[web], INVALID_ARGUMENT, "token is over"),
            (web, "token-of-web", csr[server], INVALID_ARGUMENT, "signing request is for"),
            (web, "token-of-web", mesh.path("junk.der"), INVALID_ARGUMENT, "signing request"),
            ("", "token-of-web", csr[web], INVALID_ARGUMENT, "no identity"),
            ("a" * 60_000, "token-of-web", csr[web], INVALID_ARGUMENT, ""),
        )
        for identity, token, request, status, why in refused:
            report = mesh.call(IDENTITY_PORT, None, "certify", identity, token, request, "1")
            expect(report["statuses"] == {status: 1}, f"{identity[:80]} {token[:20]}: {report}")
            mesh.expect_said("refused to certify", f'peer="{mesh["s"].ipv4}"', why)
        expect("token-of-web" not in mesh.controller.log(), "a token is in the log")
        longest = max(len(line) for line in mesh.controller.log().splitlines())
        expect(longest < 1000, f"a line of the log has {longest} characters")
        began = time.monotonic()
        flood = mesh.call(IDENTITY_PORT, None, "certify", web, "token-of-web", csr[web], "400")
        # What a full bucket holds, and what flows into it meanwhile.
        allowed = 100 + 20 * (time.monotonic() - began + 1)
        given, exhausted = (flood["statuses"].get(each, 0) for each in (OK, RESOURCE_EXHAUSTED))
        expect(0 < given <= allowed and given + exhausted == 400, f"{flood}")
        mesh.expect_well()


@e2e("a workload may not ask for another's policy or endpoints; thousands of streams at once meet a"
     " limit; what they took is given back", seconds=60)
def streams_misused(binaries):
    with _Misused(binaries) as mesh:
        target = f"{mesh['s'].ipv4}:8000"
        for port, words in ((DESTINATION_PORT, ("get", target, CONTEXTS["server"], "1", "2")),
                            (POLICY_PORT, ("watch-port", "8000", CONTEXTS["server"]))):
            report = mesh.call(port, mesh.good, *words)
            expect(report["statuses"] == {PERMISSION_DENIED: 1}, f"as another: {words}: {report}")
            expect("may not speak for" in report["messages"][0], f"{report}")
        report = mesh.call(DESTINATION_PORT, mesh.good, "get", target, CONTEXTS["web"], "8000", "3")
        exhausted = report["statuses"].get(RESOURCE_EXHAUSTED, 0)
        expect(exhausted > 100 and report["open"] >= 4000, f"no limit was met: {report}")
        expect(exhausted + report["open"] == 8000, f"some have no answer: {report}")
        wait_until(lambda: mesh.counted("seine_controller_open_calls") == 0, 5, "their end")
        # Without a certificate and without an end: not even a limit of calls a second applies.
        report = mesh.call(IDENTITY_PORT, None, "unfinished", "1000", "1")
        expect(report["allowed"] == 100, f"calls at once that a stranger may begin: {report}")
        refused = mesh.misuse(DESTINATION_PORT, None, "connections", 1100)
        expect(refused["ended"] == 1100 - 1024, f"connections of one address: {refused}")
        expect(mesh.counted("seine_controller_connections_total", port="destination",
                            outcome="too many connections of one peer") == 76, "not counted")
        mesh.expect_well()


@e2e("floods and frames that HTTP/2 forbids, inside TLS, end their connections at each port of a"
     " controller, which serves on", seconds=90)
def frames_misused(binaries):
    with _Misused(binaries) as mesh:
        for port in NAMES:
            certificate = None if port == IDENTITY_PORT else mesh.good
            for kind in ("long-frame", "settings", "pings", "continuations", "resets"):
                report = mesh.misuse(port, certificate, "frames", kind, 2)
                expect(report["ended"] == 2 and report["seconds"] < 8,
                       f"{kind} at {port}: {report}")
        mesh.expect_well()

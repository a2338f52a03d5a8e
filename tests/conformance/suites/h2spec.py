# SPDX-License-Identifier: Apache-2.0
"""h2spec, with its strict cases, against both sides of the proxy."""

import sys
import xml.etree.ElementTree

from lab.applications import start_listener
from lab.certificates import make_leaf
from lab.mesh import identity_of
from lab.process import LabError

from places import CLIENT, OUTSIDER, SERVER, open_mesh
from programs import build, node, peer

_DETECTED, _DECLARED, _RELAYED = 8000, 8001, 8002
_SECONDS = 240


def run(binaries, ticks):
    program = build("h2spec", "github.com/summerwind/h2spec/cmd/h2spec", "h2spec")
    if program is None or node() is None:
        ticks.missing("h2spec", "Go" if program is None else "Node.js")
        return
    ports = [_DETECTED, {"port": _DECLARED, "protocol": "http2"}]
    with open_mesh(binaries, ports) as lab:
        mesh = lab.start()
        for port in (_DETECTED, _DECLARED):
            start_listener(mesh[SERVER], f"h2-{port}", port, [node(), peer("h2_server.js"), port])
        _start_relay(mesh)
        server = mesh[SERVER].ipv4
        for name, member, host, port in (
                ("outbound", CLIENT, server, _DETECTED),
                ("outbound, the port declared", CLIENT, server, _DECLARED),
                ("inbound", OUTSIDER, server, _DETECTED),
                ("inbound, the port declared", OUTSIDER, server, _DECLARED),
                ("inbound, by mutual TLS", OUTSIDER, "127.0.0.1", _RELAYED)):
            _judge(mesh, ticks, f"h2spec {name}", _cases(mesh, program, member, host, port))
        _expect_carried(mesh, ticks)


def _expect_carried(mesh, ticks):
    """What no proxy of ours carried proves nothing of them."""
    for name, direction in (("web", "outbound"), ("server", "inbound")):
        carried = mesh.metrics(name).sum("tcp_open_total", direction=direction, peer="src")
        if carried < 100:
            ticks.fail("h2spec", f"the proxy of {name} took only {carried:.0f} connections")


def _start_relay(mesh):
    """h2spec has no certificate of its own: the relay shows one, of the client, for it."""
    mesh.copy_issuer("issuer")
    make_leaf(mesh.directory, "web", identity_of("web"), "issuer")
    with open(mesh.path("anchors.pem"), "w", encoding="ascii") as file:
        file.write(mesh.trust_anchors())
    start_listener(mesh[OUTSIDER], "relay", _RELAYED, [
        sys.executable, peer("tls_relay.py"), _RELAYED, mesh[SERVER].ipv4, _DETECTED,
        identity_of("server"), mesh.path("anchors.pem"), mesh.path("web.pem"),
        mesh.path("issuer.pem")])


def _cases(mesh, program, member, host, port):
    """[(name, None or what was expected and seen)]"""
    report = mesh.path("h2spec.xml")
    done = mesh[member].run([program, "--strict", "-h", host, "-p", port, "-j", report], _SECONDS)
    if "tests, " not in done.stdout:
        raise LabError(f"h2spec did not end: {done.stdout[-500:]}{done.stderr}")
    cases = []
    for suite in xml.etree.ElementTree.parse(report).getroot().iter("testsuite"):
        for number, case in enumerate(suite.iter("testcase"), 1):
            name = f"{suite.get('package')}/{number} {case.get('classname')}"
            error = next((found for kind in ("error", "failure", "skipped")
                          if (found := case.find(kind)) is not None), None)
            cases.append((name, None if error is None else error.text or error.tag))
    return cases


def _judge(mesh, ticks, target, cases):
    held = 0
    for name, reason in cases:
        if reason is None:
            held += 1
        elif not ticks.excuses(f"h2spec {name.split()[0]}"):
            ticks.fail(f"{target}: {name}", reason)
    if not cases:
        ticks.fail(target, f"it ran no case; the server's proxy: {mesh.proxies['server'].tail()}")
    ticks.group(target, held)

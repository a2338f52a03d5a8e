# SPDX-License-Identifier: Apache-2.0
"""Peers with certificates that do not hold: from another authority, of another name, expired."""

import sys

from harness import e2e, expect
from lab.applications import peer, start_http_server
from lab.certificates import make_authority, make_leaf
from lab.mesh import HTTP_PORT, Mesh
from lab.process import wait_until


def _authorities(mesh):
    """The mesh's own issuer as `issuer`, and `other`, a stranger."""
    mesh.copy_issuer("issuer")
    make_authority(mesh.directory, "other", "somebody else")


def _leaf(mesh, name, dns, authority, expired=False):
    make_leaf(mesh.directory, name, dns, authority, expired)
    return mesh.path(f"{name}.pem")


def _knock(mesh, certificate):
    """What openssl says when it shows this certificate to the server's proxy."""
    server = mesh.workloads["server"].identity
    done = mesh["ctl"].run(
        ["openssl", "s_client", "-connect", f"{mesh['s'].ipv4}:{HTTP_PORT}", "-servername", server,
         "-tls1_3", "-cert", certificate, "-cert_chain", mesh.path("issuer.pem"), "-quiet"],
        20, stdin=f"GET / HTTP/1.1\r\nhost: {server}\r\nconnection: close\r\n\r\n")
    return done.stdout + done.stderr


@e2e("a client whose certificate is of another authority or expired is refused by the server's"
     " proxy with an alert and a metric; one that holds is let in", seconds=90)
def clients_are_checked(binaries):
    with Mesh(binaries).start() as mesh:
        start_http_server(mesh["s"], "::", HTTP_PORT)
        _authorities(mesh)
        web = mesh.workloads["web"].identity
        said = _knock(mesh, _leaf(mesh, "good", web, "issuer"))
        expect("200 OK" in said, f"a good certificate was refused: {said}")
        for name, authority, expired in (("foreign", "other", False), ("old", "issuer", True)):
            before = mesh.metrics("server").sum("inbound_tcp_errors_total")
            said = _knock(mesh, _leaf(mesh, name, web, authority, expired))
            expect("200 OK" not in said and "alert" in said, f"{name} was not refused: {said}")
            wait_until(lambda was=before: mesh.metrics("server").sum(
                "inbound_tcp_errors_total") > was, 5, f"an error counted for {name}")
        expect(mesh.proxies["server"].is_running(), "the proxy ended")


@e2e("a server whose certificate is of another authority, of another name or expired gets no"
     " request: the client is told 502 and why; one that holds gets it", seconds=90)
def servers_are_checked(binaries):
    with Mesh(binaries) as mesh:
        mesh.start_controller()
        mesh.start_proxy("web")
        mesh.wait_ready("web")
        _authorities(mesh)
        name, stranger = mesh.workloads["server"].identity, "server.seine.test"
        impostors = (("foreign", name, "other", False), ("misnamed", stranger, "issuer", False),
                     ("old", name, "issuer", True), ("good", name, "issuer", False))
        for who, dns, authority, expired in impostors:
            leaf = _leaf(mesh, who, dns, authority, expired)
            server = mesh["s"].start(f"impostor-{who}", [
                sys.executable, peer("tls_server.py"), mesh["s"].ipv4, HTTP_PORT, leaf])
            wait_until(lambda: mesh["s"].is_listening(HTTP_PORT), 5, "the impostor listening")
            done = mesh["c"].run(["curl", "-sS", "-m", "3", "-D", "-", "-o", "/dev/null",
                                  f"http://{mesh['s'].ipv4}:{HTTP_PORT}/secret"])
            log = server.log()
            server.stop()
            got_request = "received b'PRI * HTTP/2.0" in log  # what a proxy opens with
            expect(got_request == (who == "good"), f"{who}: the request went out: {got_request}")
            if who != "good":
                expect(" 502 " in done.stdout.split("\n", maxsplit=1)[0],
                       f"{who}: {done.stdout}{done.stderr}")
                expect("l5d-proxy-error: " in done.stdout.lower(), f"{who}: no reason given")

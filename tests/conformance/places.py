# SPDX-License-Identifier: Apache-2.0
"""Where strangers stand: a client behind its proxy, a server behind its own, and an outsider."""

from lab.certificates import make_leaf
from lab.mesh import Mesh, Workload, identity_of

CLIENT, SERVER, OUTSIDER = "c", "s", "ctl"


def open_mesh(binaries, ports):
    """A Mesh of the workloads web and server that is to be start()ed; `ports` of the server as in
    the controller's file, or bare numbers. Whoever is in OUTSIDER reaches the server's proxy as it
    is, without one of its own."""
    told = [port if isinstance(port, dict) else {"port": port} for port in ports]
    for port in told:
        port.setdefault("name", f"p{port['port']}")
    return Mesh(binaries, [Workload("web", CLIENT), Workload("server", SERVER, told)])


def why_not_secret(mesh):
    """None if all the server's proxy took so far came by mutual TLS from the client, else a
    sentence: what no proxy carried proves nothing of ours."""
    metrics = mesh.metrics("server")
    secret = metrics.sum("tcp_open_total", direction="inbound", peer="src", tls="true",
                         client_id=mesh.workloads["web"].identity)
    plain = metrics.sum("tcp_open_total", direction="inbound", peer="src", tls="disabled")
    if secret == 0:
        return "no connection came by mutual TLS from the client's proxy"
    return f"{plain:.0f} connections came without TLS" if plain else None


def make_chain(mesh):
    """The client's certificate, in other hands: what peers that speak mutual TLS want to be told,
    SERVER_NAME ANCHORS.pem CHAIN.pem."""
    mesh.copy_issuer("issuer")
    make_leaf(mesh.directory, "web", identity_of("web"), "issuer")
    with open(mesh.path("anchors.pem"), "w", encoding="ascii") as file:
        file.write(mesh.trust_anchors())
    with open(mesh.path("chain.pem"), "w", encoding="ascii") as chain:
        for part in ("web.pem", "issuer.pem"):
            with open(mesh.path(part), encoding="ascii") as file:
                chain.write(file.read())
    return [identity_of("server"), mesh.path("anchors.pem"), mesh.path("chain.pem")]

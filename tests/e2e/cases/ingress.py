# SPDX-License-Identifier: Apache-2.0
"""Ingress mode: requests go to the service that they name, others where they were sent."""

import json

from harness import e2e, expect
from lab.applications import start_http_server
from lab.mesh import HTTP_PORT, TCP_PORT, Mesh

_SERVICE = "server.demo.svc.cluster.local:80"


def _start(binaries):
    mesh = Mesh(binaries)
    mesh.start_controller()
    mesh.start_proxy("web", INGRESS_MODE="true")
    mesh.start_proxy("server")
    for name in ("web", "server"):
        mesh.wait_ready(name)
    start_http_server(mesh["s"], "::", HTTP_PORT)
    return mesh


def _ask(mesh, name, port=HTTP_PORT):
    """The status, and the headers that the server saw."""
    flags = ["-H", f"l5d-dst-override: {name}"] if name else []
    done = mesh["c"].run(["curl", "-sS", "-m", "20", "-D", "-", "-o", "/dev/null", *flags,
                          f"http://{mesh['s'].ipv4}:{port}/"], 25)
    lines = done.stdout.splitlines()
    expect(lines, f"no answer: {done.stderr}")
    heads = {key.lower(): value for key, value in
             (line.split(": ", 1) for line in lines if ": " in line)}
    return lines[0].split()[1], json.loads(heads.get("x-seen", "{}")).get("headers", {}), heads


@e2e("a request goes to the service that it names, by mutual TLS, whatever address the ingress"
     " asks, and nobody behind it sees the name")
def by_name(binaries):
    with _start(binaries) as mesh:
        # Nobody listens on the address that is asked.
        status, seen, _ = _ask(mesh, _SERVICE, TCP_PORT)
        expect(status == "200", f"by name: {status}")
        expect("l5d-dst-override" not in seen, f"the header arrived: {seen}")
        expect(seen.get("l5d-client-id") == mesh.workloads["web"].identity,
               f"not by mutual TLS: {seen}")
        status, _, _ = _ask(mesh, None)
        expect(status == "200", f"without a name, by the address: {status}")


@e2e("names that are none, or of nobody, are answered and go nowhere; an ingress's clients are told"
     " no reasons")
def wrong_names(binaries):
    with _start(binaries) as mesh:
        for name, wanted in (("10.0.0.1:80", "400"), ("no name", "400"), ("example.com", "404"),
                             ("nobody.demo.svc.cluster.local", "404")):
            status, _, heads = _ask(mesh, name)
            expect(status == wanted, f"{name}: {status}, not {wanted}")
            expect("l5d-proxy-error" not in heads, f"{name}: {heads}")
        expect(mesh.metrics("server").sum("request_total", direction="inbound",
                                          target_port=str(HTTP_PORT)) == 0, "something arrived")


@e2e("what arrives with an override of its own cannot send an ingress elsewhere")
def not_from_outside(binaries):
    with Mesh(binaries) as mesh:
        mesh.start_controller()
        mesh.start_proxy("web")
        mesh.start_proxy("server", INGRESS_MODE="true")
        for name in ("web", "server"):
            mesh.wait_ready(name)
        start_http_server(mesh["s"], "::", HTTP_PORT)
        status, seen, _ = _ask(mesh, _SERVICE)
        expect(status == "200" and "l5d-dst-override" not in seen, f"{status}: {seen}")

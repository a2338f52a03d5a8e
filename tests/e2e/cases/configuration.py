# SPDX-License-Identifier: Apache-2.0
"""The environment of a proxy: mistakes are named, and what people write in PEM is accepted."""

import os

from harness import e2e, expect
from lab.applications import start_http_server
from lab.certificates import make_authority
from lab.mesh import HTTP_PORT, Mesh
from lab.netns import OUTBOUND_PORT, PROXY_UID
from lab.process import wait_until
from lab.telemetry import Sink

_MISTAKES = {
    "OUTBOUND_CONNECT_TIMEOUT": "soon",
    "INBOUND_LISTEN_ADDR": "localhost",
    "INBOUND_DEFAULT_POLICY": "perhaps",
    "INBOUND_PORTS": "80,80,0",
    "INBOUND_PORTS_DISABLE_PROTOCOL_DETECTION": "80,http",
    "OUTBOUND_LISTEN_ADDRS": "192.0.2.1:4140",
    "DESTINATION_PROFILE_NETWORKS": "10.0.0.0/99",
    "POLICY_WORKLOAD": None,
    "POLICY_SVC_ADDR": None,
    "DESTINATION_SVC_NAME": None,
    "IDENTITY_TRUST_ANCHORS": "-----BEGIN CERTIFICATE-----\nnot base64\n-----END CERTIFICATE-----",
    "IDENTITY_DISABLED": "1",
    "LOG_FORMAT": "xml",
    "ACCESS_LOG": "clf",
    "TRACE_COLLECTOR_SVC_ADDR": "collector",
}


@e2e("a proxy with a mistake in its environment names the variable in one sentence and exits 64")
def mistakes_are_named(binaries):
    with Mesh(binaries) as mesh:
        mesh.start_controller()
        good = mesh.proxy_environment("web")
        for variable, value in _MISTAKES.items():
            environment = {**os.environ, **good}
            name = f"LINKERD2_PROXY_{variable}"
            environment.pop(name, None)
            if value is not None:
                environment[name] = value
            proxy = mesh["c"].start(f"mistake-{variable}", [os.path.join(binaries, "seine-proxy")],
                                    uid=PROXY_UID, env=environment, inherit=False)
            code = proxy.wait(10)
            said = proxy.log().strip().splitlines()
            expect(code == 64, f"{variable}: exit {code}: {said}")
            expect(len(said) == 1 and said[0].startswith(f"seine-proxy: {name}: "),
                   f"{variable}: said {said}")


def _expect_end(process, code, sentence):
    ended = process.wait(10)
    said = process.log().strip().splitlines()
    expect(ended == code and said[-1:] == [sentence], f"exit {ended}, said {said}, not {sentence}")


@e2e("a port in use ends a proxy and a controller with exit 1, an address of another machine with"
     " 64, both with the variable or flag and the errno; a proxy leaves no ledger then")
def addresses_that_cannot_be_bound(binaries):
    with Mesh(binaries) as mesh:
        mesh.start_controller()
        mesh.start_proxy("web")
        wait_until(lambda: mesh["c"].is_listening(OUTBOUND_PORT), 10, "the proxy's listening")
        sink = Sink(mesh, "web")
        environment = {**os.environ, **mesh.proxy_environment("web"), **sink.environment}
        second = mesh["c"].start("second-proxy", [os.path.join(binaries, "seine-proxy")],
                                 uid=PROXY_UID, env=environment, inherit=False)
        _expect_end(second, 1, "seine-proxy: LINKERD2_PROXY_OUTBOUND_LISTEN_ADDRS: cannot bind to"
                               f" 127.0.0.1:{OUTBOUND_PORT}: EADDRINUSE")
        expect(not sink.ledgers_left(), f"it left {sink.ledgers_left()}")
        for address, code, errno in (("127.0.0.1:9990", 1, "EADDRINUSE"),
                                     ("192.0.2.1:9990", 64, "EADDRNOTAVAIL")):
            controller = mesh["ctl"].start(f"controller-{errno}", [
                os.path.join(binaries, "seine-controller"), "--admin-listen", address,
                "--state-dir", mesh.path("state"), "--workloads", mesh.path("workloads.json")])
            _expect_end(controller, code, "seine-controller: --admin-listen: cannot bind to"
                                          f" {address}: {errno}")


def _with_other_authorities(mesh, anchors):
    make_authority(mesh.directory, "other")
    with open(mesh.path("other.pem"), encoding="ascii") as file:
        return file.read() + anchors


@e2e("trust anchors are accepted without a trailing newline, with CRLF, several of them, and with"
     " comments between (S8)", seconds=90)
def anchors_as_people_write_them(binaries):
    with Mesh(binaries) as mesh:
        mesh.start_controller()
        anchors = mesh.trust_anchors()
        both = _with_other_authorities(mesh, anchors)
        forms = {
            "no trailing newline": anchors.rstrip(),
            "CRLF": anchors.replace("\n", "\r\n"),
            "several": both,
            "comments": "# ours\n" + both.replace("-----BEGIN", "\nissued to: nobody\n-----BEGIN"),
        }
        start_http_server(mesh["s"], "::", HTTP_PORT)
        mesh.start_proxy("server")
        mesh.wait_ready("server")
        redirect = True
        for form, pem in forms.items():
            proxy = mesh.start_proxy("web", redirect=redirect, IDENTITY_TRUST_ANCHORS=pem)
            redirect = False
            mesh.wait_ready("web")
            done = mesh["c"].run(["curl", "-sS", "-m", "10",
                                  f"http://{mesh['s'].ipv4}:{HTTP_PORT}/"])
            expect(len(done.stdout) == 1024, f"{form}: {done.stdout}{done.stderr}")
            proxy.stop()


@e2e("a proxy that is told another trust anchor than the controller's never becomes ready and says"
     " why")
def wrong_anchors(binaries):
    with Mesh(binaries) as mesh:
        mesh.start_controller()
        make_authority(mesh.directory, "other")
        with open(mesh.path("other.pem"), encoding="ascii") as file:
            proxy = mesh.start_proxy("web", IDENTITY_TRUST_ANCHORS=file.read())
        proxy_said = mesh.wait_for_word("web", "certif", 10)
        expect(mesh.admin("web", "/ready").returncode == 22, "ready without a certificate")
        expect(proxy.is_running(), f"the proxy ended: {proxy_said}")


@e2e("a token that is not the workload's own gets no certificate, nor does another's name")
def wrong_token(binaries):
    with Mesh(binaries) as mesh:
        mesh.start_controller()
        mesh.start_proxy("web", IDENTITY_LOCAL_NAME=mesh.workloads["server"].identity)
        mesh.wait_for_word("web", "certif", 10)
        expect(mesh.admin("web", "/ready").returncode == 22, "certified as somebody else")

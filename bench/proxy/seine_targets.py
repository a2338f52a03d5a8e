# SPDX-License-Identifier: Apache-2.0
"""Our own proxy as a target: configured as by Linkerd's injector, with routing, policy, metrics and
balancing on, by a controller of its own that runs on the load's core."""

import os

from lab.certificates import make_leaf
from lab.mesh import HTTP_PORT, Mesh, Workload, identity_of
from lab.netns import PROXY_UID
from lab.process import LabError
from loads import OPAQUE
from measure import PROXY_CORE
from targets import Pair, Target, TlsClient


class _ManyPods(Mesh):
    """The server is a pod for each of its addresses; one proxy stands before all of them, since two
    cores could not tell eleven proxies apart from the peers' two."""

    def __init__(self, tools, workloads, target):
        super().__init__(tools, workloads)
        self.target = target

    def document(self):
        document = super().document()
        if self.target.load.endpoints == 1:
            return document
        for workload in document["workloads"]:
            if workload["name"] == "server":
                workload["pods"] = [{"name": f"server-{i}", "ips": [address]}
                                    for i, address in enumerate(self.target.addresses())]
        return document


class _Seine(Target):
    is_server_meshed = False

    def missing(self):
        for binary in ("seine-proxy", "seine-controller"):
            if not os.access(os.path.join(self.tools, binary), os.X_OK):
                return f"{binary} is not in {self.tools}"
        return None

    def make_lab(self):
        port = {"port": HTTP_PORT, "name": "bench"}
        if self.load.protocol == OPAQUE:
            port["protocol"] = "opaque"
        return _ManyPods(self.tools, [Workload("web", "c"), Workload(
            "server", "s", [port], meshed=self.is_server_meshed)], self)

    def launch(self, client, server, backends):
        mesh = self.lab
        mesh.start_controller()
        for name, workload in mesh.workloads.items():
            if workload.meshed:
                ips = {}
                if name == "server" and self.load.endpoints > 1:
                    ips["INBOUND_IPS"] = ",".join(self.addresses())
                self.proxies.append(mesh.start_proxy(
                    name, core=PROXY_CORE, redirect=False, CORES="1", LOG="warn", **ips))
                mesh.wait_ready(name)
                if workload.member == "s":
                    self.inbound = self.proxies[-1]
        client.redirect(inbound=self.is_server_meshed)
        if self.is_server_meshed:
            server.redirect()


class SeineHop(_Seine):
    name = "Seine"


class SeinePair(_Seine, Pair):
    name = "Seine (h2 between)"
    is_server_meshed = True
    checked = False
    client = None

    def close(self):
        super().close()
        self.client = None

    def tls_client(self):
        """Another who has the client's identity, certified by the mesh's issuer."""
        if self.client is None:
            at = self.lab.path
            self.lab.copy_issuer("issuer")
            make_leaf(self.lab.directory, "client", identity_of("web"), "issuer")
            with open(at("client.pem"), "a", encoding="ascii") as chain, \
                    open(at("issuer.pem"), encoding="ascii") as issuer:
                chain.write(issuer.read())
            os.chown(at("client.pem"), PROXY_UID, PROXY_UID)
            self.client = TlsClient(at("client.pem"),
                                    self.config("anchors.pem", self.lab.trust_anchors()),
                                    identity_of("server"))
        return self.client

    def check(self):
        """That what went between the two was encrypted, and read as what the row says it is. Once:
        asking costs the proxies some work."""
        super().check()
        if self.checked:
            return
        self.checked = True
        outbound, inbound = (self.lab.metrics(name) for name in ("web", "server"))
        opened = {"peer": "dst", "direction": "outbound"}
        if outbound.sum("tcp_open_total", **opened, tls="true") < 1:
            raise LabError(f"{self.name}: nothing went over mutual TLS")
        requests = inbound.sum("request_total", direction="inbound")
        if (requests > 0) == (self.load.protocol == OPAQUE):
            raise LabError(f"{self.name}: the inbound proxy counted {requests:.0f} requests"
                           f" of {self.load.protocol}")


class SeinePairTcp(SeinePair):
    name = "Seine"

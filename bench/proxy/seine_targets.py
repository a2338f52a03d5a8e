# SPDX-License-Identifier: Apache-2.0
"""Our own proxy as a target: configured as by Linkerd's injector, with routing, policy, metrics and
balancing on, by a controller of its own that runs on the load's core."""

import os

from lab.mesh import HTTP_PORT, Mesh, Workload
from lab.process import LabError
from loads import OPAQUE
from measure import PROXY_CORE
from targets import Pair, Target


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
        return Mesh(self.tools, [Workload("web", "c"), Workload(
            "server", "s", [port], meshed=self.is_server_meshed)])

    def launch(self, client, server, backend):
        mesh = self.lab
        mesh.start_controller()
        for name, workload in mesh.workloads.items():
            if workload.meshed:
                self.proxies.append(mesh.start_proxy(
                    name, core=PROXY_CORE, redirect=False, CORES="1", LOG="warn"))
                mesh.wait_ready(name)
        client.redirect(inbound=self.is_server_meshed)
        if self.is_server_meshed:
            server.redirect()


class SeineHop(_Seine):
    name = "Seine"


class SeinePair(_Seine, Pair):
    name = "Seine (h2 between)"
    is_server_meshed = True

    def __init__(self, tools, load):
        super().__init__(tools, load)
        self.checked = False

    def check(self):
        """That what went between the two was encrypted, and read as what the row says it is. Once:
        asking costs the proxies some work."""
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

# SPDX-License-Identifier: Apache-2.0
"""Our own proxy as a target: configured as by Linkerd's injector, with routing, policy, metrics and
balancing on, by a controller of its own that runs on the load's core."""

import os

from lab.mesh import Mesh, usual_workloads
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
        return Mesh(self.tools, usual_workloads(self.is_server_meshed))

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

# SPDX-License-Identifier: Apache-2.0
"""examples/shop in the mesh of the lab: each service behind a proxy of its own, payments as three
replicas in two versions, traffic beside them."""

import json
import os
import shutil
import subprocess

from lab.applications import ROOT, node
from lab.mesh import Mesh, Workload
from lab.process import LabError, wait_until

_EXAMPLE = os.path.join(ROOT, "examples", "shop")
_PORTS = {"web": 8080, "payments": 8082, "ledger": 9090, "graph": 8084, "mail": 2525}
_ADDRESSES = {"web": "10.96.0.21", "payments": "10.96.0.22", "ledger": "10.96.0.23",
              "graph": "10.96.0.24", "mail": "10.96.0.25"}
# No answer takes this long, on however busy a machine.
_PATIENCE = "40s"
REPLICAS = {"payments": "v1", "payments-b": "v1", "payments-c": "v2"}


def _workloads():
    def serving(name, member, service):
        port = {"port": _PORTS[service], "name": "main"}
        if service == "mail":
            port["protocol"] = "opaque"
        return Workload(name, member, [port], replica_of="" if name == service else service)
    return [Workload("traffic", "c"), serving("web", "w", "web"), serving("ledger", "s", "ledger"),
            serving("graph", "g", "graph"), serving("mail", "m", "mail"),
            *(serving(name, f"p{number}", "payments") for number, name in enumerate(REPLICAS))]


def build():
    """What tools/examples compiles; again where a source is newer."""
    def newest(folder):
        return max((os.path.getmtime(os.path.join(path, name))
                    for path, _, names in os.walk(os.path.join(_EXAMPLE, folder))
                    for name in names), default=0)
    if newest("build") > newest("src"):
        return
    done = subprocess.run([os.path.join(ROOT, "tools", "examples"), "--build-only"],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LabError(f"examples/shop cannot be built: {done.stdout}{done.stderr}")


def open_in_demo(mesh):
    """The built shop and a Node.js where the user of the mesh can read them."""
    build()
    shop = os.path.join(mesh.folder, "shop")
    shutil.copytree(_EXAMPLE, shop)
    interpreter = os.path.join(mesh.folder, "node")
    os.mkdir(interpreter)
    shutil.copy(os.path.realpath(node()), os.path.join(interpreter, "node"))
    return shop, interpreter


class Shop(Mesh):
    def __init__(self, binaries):
        build()
        super().__init__(binaries, _workloads())
        self.applications = {}

    def document(self):
        return super().document() | {"services": [
            {"namespace": "demo", "name": name, "cluster_ips": [_ADDRESSES[name]],
             "ports": [{"port": port, "name": "main", "target_port": port}]}
            for name, port in _PORTS.items()]}

    def open(self, *payments_flags):
        """Starts the servers, in the order in which they need each other."""
        self._start_service("mail", "mail")
        for name, version in REPLICAS.items():
            self._start_service(name, "payments", "--version", version, "--timeout", _PATIENCE,
                                "--mail", self._at("mail"), *payments_flags)
        self._start_service("ledger", "ledger")
        for name in ("graph", "web"):
            self._start_service(name, name, "--timeout", _PATIENCE, "--ledger", self._at("ledger"),
                                "--payments", f"http://{self._at('payments')}")

    def send(self, *flags, seconds):
        """Runs traffic to its end; what it said."""
        traffic = self._start("traffic", "traffic", "--timeout", _PATIENCE,
                              "--ledger", self._at("ledger"), "--mail", self._at("mail"),
                              "--graph", f"http://{self._at('graph')}",
                              "--web", f"http://{self._at('web')}", *flags)
        code = traffic.wait(seconds)
        if code != 0:
            raise LabError(f"traffic ended with {code}: {traffic.tail()}")
        return traffic.log()

    def tallies(self):
        """{name: its tally} of everyone, once all have drained."""
        found = {}
        for name, application in self.applications.items():
            code = application.stop()
            if code != 0:
                raise LabError(f"{name} ended with {code}: {application.tail()}")
            with open(self.path(f"{name}.json"), encoding="utf-8") as file:
                found[name] = json.load(file)
        return found

    def _at(self, service):
        return f"{_ADDRESSES[service]}:{_PORTS[service]}"

    def _start_service(self, name, service, *flags):
        application = self._start(name, service, *flags)
        space = self[self.workloads[name].member]

        def listens():
            if not application.is_running():
                raise LabError(f"{name} ended: {application.tail()}")
            return space.is_listening(_PORTS[service])
        wait_until(listens, 30, f"{name} listening")

    def _start(self, name, service, *flags):
        main = os.path.join(_EXAMPLE, "build", service, "main.js")
        self.applications[name] = self[self.workloads[name].member].start(
            f"shop-{name}", [node(), main, "--replica", name, "--grace", _PATIENCE,
                             "--tally", self.path(f"{name}.json"), *flags])
        return self.applications[name]

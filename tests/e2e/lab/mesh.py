# SPDX-License-Identifier: Apache-2.0
"""The mesh of issue-A size: a client and a server, each behind a seine-proxy, and a controller in
a third namespace that both reach over the wire, so that control streams are on the veth too."""

import json
import os
import shutil
from dataclasses import dataclass, field

from lab.metrics import Metrics
from lab.netns import INBOUND_PORT, OUTBOUND_PORT, PROXY_UID, Lab
from lab.process import LabError, resident_bytes, wait_until

TRUST_DOMAIN = "cluster.local"
IDENTITY_PORT, DESTINATION_PORT, POLICY_PORT = 8080, 8086, 8090
TAP_PORT, ADMIN_PORT = 4190, 4191
CONTROL_ADMIN_PORT = 9990
SERVICE_IP = "10.96.0.10"

# What the server's applications listen on.
HTTP_PORT, TCP_PORT, GREETS_PORT, GRPC_PORT = 8000, 9000, 9025, 9090


def identity_of(account, namespace="demo"):
    return f"{account}.{namespace}.serviceaccount.identity.linkerd.{TRUST_DOMAIN}"


@dataclass
class Workload:
    """One member of the lab that runs an application: a pod of its own workload, or another one
    of the workload that it is a replica of."""

    name: str
    member: str
    ports: list = field(default_factory=list)  # as in the controller's file
    meshed: bool = True
    replica_of: str = ""

    @property
    def account(self):
        return self.replica_of or self.name

    @property
    def identity(self):
        return identity_of(self.account)

    @property
    def token(self):
        return f"token-of-{self.account}"


def usual_workloads(server_is_meshed=True):
    return [
        Workload("web", "c"),
        Workload("server", "s", [
            {"port": HTTP_PORT, "name": "http"},
            {"port": TCP_PORT, "name": "tcp"},
            {"port": GREETS_PORT, "name": "greets", "protocol": "opaque"},
            {"port": GRPC_PORT, "name": "grpc"},
        ], meshed=server_is_meshed)]


def two_servers():
    """The usual ones and a second pod of the server, `server-b` in namespace s2."""
    web, server = usual_workloads()
    return [web, server, Workload("server-b", "s2", server.ports, replica_of="server")]


class Mesh(Lab):
    """Namespaces c, s, ctl and those of further workloads, with everything of ours running in
    them; see start()."""

    def __init__(self, binaries, workloads=None, controller_flags=()):
        workloads = workloads or usual_workloads()
        usual = ("c", "s", "ctl")
        super().__init__([*usual, *(each.member for each in workloads if each.member not in usual)])
        self.binaries = binaries
        self.workloads = {each.name: each for each in workloads}
        self.controller_flags = list(controller_flags)
        self.controller = None
        self.proxies = {}
        for binary in ("seine-proxy", "seine-controller"):
            if not os.access(os.path.join(binaries, binary), os.X_OK):
                self.close()
                raise LabError(f"{binary} is not in {binaries}; build the release preset first")

    def start(self, **proxy_environment):
        """The controller, then a proxy for each meshed workload, ready to carry traffic."""
        self.start_controller()
        for workload in self.workloads.values():
            if workload.meshed:
                self.start_proxy(workload.name, **proxy_environment)
        for name in self.proxies:
            self.wait_ready(name)
        return self

    # The controller.

    def document(self):
        """What the controller's file says of `self.workloads`, for a test to change."""
        document = {"cluster": "lab", "workloads": [{
            "namespace": "demo", "name": each.name, "token": each.token, "meshed": each.meshed,
            "ports": each.ports,
            "pods": [{"name": f"{pod.name}-0",
                      "ips": [self[pod.member].ipv4, self[pod.member].ipv6]}
                     for pod in self.workloads.values() if pod.account == each.name],
        } for each in self.workloads.values() if not each.replica_of], "services": []}
        if "server" in self.workloads:
            document["services"].append({
                "namespace": "demo", "name": "server", "cluster_ips": [SERVICE_IP],
                "ports": [{"port": 80, "name": "http", "target_port": HTTP_PORT}]})
        return document

    def write_workloads(self, document):
        """Replaces the controller's file, whole, as an editor or a ConfigMap does."""
        path = self.path("workloads.json")
        with open(f"{path}.new", "w", encoding="utf-8") as file:
            json.dump(document, file, indent=1)
        os.rename(f"{path}.new", path)

    def start_controller(self):
        """Also after kill_controller(): the state directory stays what it was."""
        self.write_workloads(self.document())
        space = self["ctl"]
        flags = []
        for kind, port in (("identity", IDENTITY_PORT), ("destination", DESTINATION_PORT),
                           ("policy", POLICY_PORT)):
            flags += [f"--listen-{kind}", f"{space.ipv4}:{port}"]
        self.controller = space.start("controller", [
            os.path.join(self.binaries, "seine-controller"), *flags,
            "--state-dir", self.path("state"), "--workloads", self.path("workloads.json"),
            "--trust-domain", TRUST_DOMAIN, "--cluster-domain", "cluster.local",
            *self.controller_flags])

        def serves():
            if not self.controller.is_running():
                raise LabError(f"the controller ended: {self.controller.tail()}")
            return space.is_listening(POLICY_PORT)
        wait_until(serves, 10, "the controller's listening")
        return self.controller

    def trust_anchors(self):
        with open(self.path("state", "trust-anchors.pem"), encoding="ascii") as file:
            return file.read()

    def copy_issuer(self, name):
        """NAME.pem and NAME.key of the controller's issuer, to sign what it never would."""
        shutil.copy(self.path("state", "issuer.pem"), self.path(f"{name}.pem"))
        shutil.copy(self.path("state", "issuer.key"), self.path(f"{name}.key"))

    # The proxies.

    def proxy_environment(self, name):
        """What Linkerd's injector would set, all timers left at their defaults."""
        workload = self.workloads[name]
        space, control = self[workload.member], self["ctl"]
        directory = self.path(f"identity-{name}")
        os.makedirs(directory, exist_ok=True)
        token_path = os.path.join(directory, "token")
        with open(token_path, "w", encoding="ascii") as file:
            file.write(workload.token)
        for path in (directory, token_path):
            os.chown(path, PROXY_UID, PROXY_UID)
        destination = identity_of("linkerd-destination", "linkerd")
        environment = {
            "LOG": "info",
            "OUTBOUND_LISTEN_ADDRS": f"127.0.0.1:{OUTBOUND_PORT},[::1]:{OUTBOUND_PORT}",
            "INBOUND_LISTEN_ADDR": f"[::]:{INBOUND_PORT}",
            "CONTROL_LISTEN_ADDR": f"0.0.0.0:{TAP_PORT}",
            "ADMIN_LISTEN_ADDR": f"0.0.0.0:{ADMIN_PORT}",
            "INBOUND_IPS": f"{space.ipv4},{space.ipv6}",
            "INBOUND_PORTS": ",".join(str(port["port"]) for port in workload.ports),
            "DESTINATION_SVC_ADDR": f"{control.ipv4}:{DESTINATION_PORT}",
            "DESTINATION_SVC_NAME": destination,
            "DESTINATION_CONTEXT": json.dumps(
                {"ns": "demo", "nodeName": workload.member, "pod": f"{name}-0"}) + "\n",
            "DESTINATION_PROFILE_NETWORKS": "10.0.0.0/8,fd00::/8",
            "POLICY_SVC_ADDR": f"{control.ipv4}:{POLICY_PORT}",
            "POLICY_SVC_NAME": destination,
            "POLICY_WORKLOAD": json.dumps({"ns": "demo", "pod": f"{name}-0"}) + "\n",
            "POLICY_CLUSTER_NETWORKS": "10.0.0.0/8,fd00::/8",
            "IDENTITY_SVC_ADDR": f"{control.ipv4}:{IDENTITY_PORT}",
            "IDENTITY_SVC_NAME": identity_of("linkerd-identity", "linkerd"),
            "IDENTITY_LOCAL_NAME": workload.identity,
            "IDENTITY_DIR": directory,
            "IDENTITY_TOKEN_FILE": token_path,
            "IDENTITY_TRUST_ANCHORS": self.trust_anchors(),
        }
        return {f"LINKERD2_PROXY_{key}": value for key, value in environment.items()}

    def start_proxy(self, name, core=None, redirect=True, files=None, **changes):
        """`files`: its limit on open files, see Namespace.command. `changes` to the environment:
        LOG="debug", SEINE_PROXY_CLUSTER="lab"; None leaves a variable out."""
        environment = self.proxy_environment(name)
        for key, value in changes.items():
            full = key if key.startswith("SEINE_") else f"LINKERD2_PROXY_{key}"
            if value is None:
                environment.pop(full, None)
            else:
                environment[full] = value
        space = self[self.workloads[name].member]
        process = space.start(f"proxy-{name}", [os.path.join(self.binaries, "seine-proxy")],
                              uid=PROXY_UID, core=core, env=environment, files=files)
        self.proxies[name] = process
        if redirect:
            space.redirect()
        return process

    def wait_ready(self, name, seconds=15):
        process = self.proxies[name]

        def is_ready():
            if not process.is_running():
                raise LabError(f"the proxy of {name} ended: {process.tail()}")
            return self.admin(name, "/ready").returncode == 0
        try:
            wait_until(is_ready, seconds, f"the proxy of {name} being ready")
        except LabError as error:
            raise LabError(f"{error}\n{process.tail()}\n{self.controller.tail()}") from None

    def wait_for_word(self, name, word, seconds):
        """Until the proxy's log has it; the log."""
        process = self.proxies[name]
        wait_until(lambda: word in process.log(), seconds, f"{name}'s proxy saying `{word}`")
        return process.log()

    def admin(self, name, path, *curl_flags):
        """CompletedProcess of curl asking the admin server from inside; 22 for a bad status."""
        space = self[self.workloads[name].member]
        return space.run(["curl", "-sSf", "-m", "5", *curl_flags,
                          f"http://127.0.0.1:{ADMIN_PORT}{path}"])

    def metrics(self, name):
        done = self.admin(name, "/metrics")
        if done.returncode != 0:
            raise LabError(f"no metrics from the proxy of {name}: {done.stderr}")
        return Metrics(done.stdout)

    def resident(self, name):
        return resident_bytes([self.proxies[name].pid])

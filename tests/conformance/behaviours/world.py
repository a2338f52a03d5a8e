# SPDX-License-Identifier: Apache-2.0
"""Two proxies, each under a mock control plane of its own, and a machine that has neither:

    c  clients, behind the proxy `client`        s  applications, behind the proxy `server`
    o  applications and clients that no proxy serves
"""

import json
import os
import signal

from behaviours import http1, http2
from behaviours.answers import add, balancer, detected, endpoint
from behaviours.control_plane import PORT, ControlPlane, says
from lab.certificates import make_authority, make_leaf
from lab.metrics import Metrics
from lab.netns import INBOUND_PORT, OUTBOUND_PORT, PROXY_UID, Lab
from lab.process import LabError, wait_until

TAP_PORT, ADMIN_PORT = 4190, 4191
CLIENT_ID = "client.test.serviceaccount.identity.linkerd.cluster.local"
SERVER_ID = "server.test.serviceaccount.identity.linkerd.cluster.local"
MEMBERS = {"client": ("c", CLIENT_ID), "server": ("s", SERVER_ID)}


class Service:
    """An original destination of its own, so that one proxy serves many cases. Its address exists
    nowhere; what stands behind it is what the control plane says."""

    def __init__(self, world, number):
        self.world = world
        self.plane = world.planes["client"]
        self.ip, self.port = f"10.96.{number // 250}.{number % 250 + 1}", 80
        self.address = f"{self.ip}:{self.port}"
        self.name = f"svc-{number}.test.svc.cluster.local"
        self.path = f"{self.name}:{self.port}"

    def balanced(self, *endpoints, failfast=3.0, labels=None):
        """The usual policy, and these endpoints, if any, by Destination.Get."""
        self.plane.on("GetProfile", self.address, says({"fully_qualified_name": self.name}))
        self.plane.on("Watch", self.address, says(detected(balancer(self.path, failfast))))
        if endpoints:
            self.plane.on("Get", self.path, says(add(*endpoints, labels=labels)))
        return self

    def update(self, *updates):
        """On the stream that is open."""
        self.plane.open_call("Get", self.path).answer(*updates)

    def http1(self, seconds=10):
        return http1.Client(self.world["c"], self.ip, self.port, seconds)

    def http2(self, **options):
        return http2.Client(self.world["c"], self.ip, self.port, **options)

    def ask(self, path="/", **options):
        """Over HTTP/1, on a connection of its own."""
        with self.http1() as client:
            return client.ask(path, **options)


class World(Lab):
    """`proxies` says which of client and server are started; `environment` is what the tests
    change of theirs: OUTBOUND_CONNECT_TIMEOUT="100ms"."""

    def __init__(self, binaries, proxies=("client", "server"), ready=True, **environment):
        super().__init__(("c", "s", "o"))
        self.binaries = binaries
        self.environment = environment
        self.proxies, self.planes = {}, {}
        self._services = 0
        self._redirected = set()
        self._listeners = []
        try:
            make_authority(self.directory)
            for name in MEMBERS:
                self.planes[name] = ControlPlane(self[MEMBERS[name][0]], self.directory)
            for name in proxies:
                self.start_proxy(name)
            for name in proxies if ready else ():
                self.wait_ready(name)
        except BaseException:
            self.close()
            raise

    def close(self):
        for each in self._listeners:
            each.close()
        for plane in self.planes.values():
            plane.stop()
        super().close()

    def start_proxy(self, name, **changes):
        member, identity = MEMBERS[name]
        space = self[member]
        directory = self.path(f"identity-{name}")
        os.makedirs(directory, exist_ok=True)
        token = os.path.join(directory, "token")
        with open(token, "w", encoding="ascii") as file:
            file.write(f"token of {name}")
        for path in (directory, token):
            os.chown(path, PROXY_UID, PROXY_UID)
        with open(self.path("ca.pem"), encoding="ascii") as file:
            self.anchors = file.read()
        environment = {
            "LOG": "debug" if "SEINE_LAB_KEEP" in os.environ else "info",
            "OUTBOUND_LISTEN_ADDR": f"127.0.0.1:{OUTBOUND_PORT}",
            "INBOUND_LISTEN_ADDR": f"0.0.0.0:{INBOUND_PORT}",
            "CONTROL_LISTEN_ADDR": f"0.0.0.0:{TAP_PORT}",
            "ADMIN_LISTEN_ADDR": f"0.0.0.0:{ADMIN_PORT}",
            "INBOUND_IPS": space.ipv4,
            "DESTINATION_SVC_ADDR": f"127.0.0.1:{PORT}", "POLICY_SVC_ADDR": f"127.0.0.1:{PORT}",
            "IDENTITY_SVC_ADDR": f"127.0.0.1:{PORT}",
            "DESTINATION_CONTEXT": "the context",
            "DESTINATION_PROFILE_NETWORKS": "10.0.0.0/8",
            "POLICY_WORKLOAD": json.dumps({"ns": "test", "pod": name}),
            "IDENTITY_LOCAL_NAME": identity, "IDENTITY_DIR": directory,
            "IDENTITY_TOKEN_FILE": token, "IDENTITY_TRUST_ANCHORS": self.anchors,
            **self.environment, **changes}
        self.proxies[name] = space.start(
            f"proxy-{name}", [os.path.join(self.binaries, "seine-proxy")], uid=PROXY_UID,
            env={f"LINKERD2_PROXY_{key}": value for key, value in environment.items()})
        if member not in self._redirected:
            self._redirected.add(member)
            space.redirect()
        return self.proxies[name]

    def is_ready(self, name):
        try:
            return self.admin(name, "/ready").status == 200
        except OSError:
            return False

    def wait_ready(self, name, seconds=10):
        def ready():
            if not self.proxies[name].is_running():
                raise LabError(f"the proxy {name} ended: {self.proxies[name].tail()}")
            return self.is_ready(name)
        wait_until(ready, seconds, f"the readiness of {name}")

    def stop_proxy(self, name, number=signal.SIGTERM):
        self.proxies[name].signal(number)
        return self.proxies[name]

    def admin(self, name, path, **options):
        """The answer of the proxy's admin port."""
        space = self[MEMBERS[name][0]]
        with http1.Client(space, "127.0.0.1", ADMIN_PORT) as client:
            return client.ask(path, **options)

    def metrics(self, name):
        return Metrics(self.admin(name, "/metrics").body.decode())

    def wait_metric(self, proxy, wanted, metric, seconds=5, **labels):
        """Until the sum of the samples is `wanted`, no less and no more."""
        def seen():
            return self.metrics(proxy).sum(metric, **labels)
        try:
            wait_until(lambda: seen() == wanted, seconds, "it", every=0.1)
        except LabError:
            name = metric.rsplit("_", 1)[0]
            told = [line for line in self.admin(proxy, "/metrics").body.decode().splitlines()
                    if line.startswith(name)]
            raise LabError(f"{metric}{labels} is {seen()}, not {wanted}\n" + "\n".join(told)
                           ) from None

    def service(self):
        self._services += 1
        return Service(self, self._services)

    def until_closed(self, listener):
        """A listener that is closed with the world."""
        self._listeners.append(listener)
        return listener

    def http1_app(self, respond=None, member="o", **options):
        return self.until_closed(http1.Application(self[member], respond, **options))

    def http2_app(self, respond=None, member="o", **options):
        return self.until_closed(http2.Application(self[member], respond, **options))

    def meshed(self, listener, h2=True, **options):
        """An endpoint behind the proxy `server`."""
        return endpoint(listener, SERVER_ID, h2, **options)

    def leaf(self, name, identity):
        """The path of a certificate and its key, of our authority."""
        make_leaf(self.directory, name, identity)
        return self.path(f"{name}.pem")

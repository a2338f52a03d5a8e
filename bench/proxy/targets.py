# SPDX-License-Identifier: Apache-2.0
"""What is measured, and what all of it has in common. Every target stands in namespaces of its
own, all alike:

    c: load -> 10.99.0.2:8000, redirected to the target on :4140 -> s: [target on :4143 ->] backend

so that each pays the same kernel path: one redirected connection, one veth crossing, and for a
pair one more redirected connection. Targets of one hop leave the inbound redirect out.
"""

import shutil
from dataclasses import dataclass

from lab.certificates import make_pair
from lab.mesh import SERVICE_IP
from lab.netns import INBOUND_PORT, OUTBOUND_PORT, PROXY_UID, Lab
from lab.process import LabError, wait_until
from measure import LOAD_CORE, PROXY_CORE, all_descendants

BACKEND_PORT = 8000


_NO_TICKETS = """
openssl_conf = init
[init]
ssl_conf = ssl
[ssl]
system_default = defaults
[defaults]
NumTickets = 0
"""


@dataclass(frozen=True)
class TlsClient:
    certificate: str  # file of chain and key
    authority: str  # file
    server_name: str


class Target:
    """One thing under load: builds its lab in start(), gives it up in close(); and again, if need
    be."""

    name = ""
    program = None  # of PATH, where the target is a peer
    lacks = {}  # protocol of a load: why this one does not carry it

    def __init__(self, tools, load):
        self.tools = tools  # the directory of responder, copyfloor and pace
        self.load = load
        self.lab = None
        self.backend = None
        self.proxies = []
        self.inbound = None  # of a pair: the one at the server

    def make_lab(self):
        return Lab(("c", "s"))

    def start(self):
        self.lab = self.make_lab()
        client, server = self.lab["c"], self.lab["s"]
        for address in self.addresses()[1:]:
            server.add_address(address)
        self.backend = server.start(
            "backend", [f"{self.tools}/responder", "--listen", f"0.0.0.0:{BACKEND_PORT}",
                        *self.load.backend_flags()], core=LOAD_CORE)
        wait_until(lambda: server.is_listening(BACKEND_PORT), 5, "the backend's listening")
        self.launch(client, server, [f"{each}:{BACKEND_PORT}" for each in self.addresses()])

    def addresses(self):
        """Of the server: as many as the load has endpoints, the namespace's own first."""
        first = self.lab["s"].ipv4
        return [first] + [f"10.99.0.{100 + i}" for i in range(1, self.load.endpoints)]

    def missing(self):
        """Why it cannot be measured here, or None."""
        if self.load.protocol in self.lacks:
            return self.lacks[self.load.protocol]
        if self.program and shutil.which(self.program) is None:
            return f"{self.program} is not installed"
        return None

    def launch(self, client, server, backends):
        """Starts the proxies, waits until they listen, then redirects. `backends`: IP:PORT."""
        raise NotImplementedError

    def proxy(self, space, name, args, port, env=None):
        process = space.start(name, args, uid=PROXY_UID, core=PROXY_CORE, env=env)
        self.proxies.append(process)
        if port == INBOUND_PORT:
            self.inbound = process

        def listens():
            if not process.is_running():
                raise RuntimeError(f"{self.name}: {name} ended: {process.tail()}")
            return space.is_listening(port)
        wait_until(listens, 10, f"{self.name}: {name} listening on {port}")

    def config(self, name, text):
        path = self.lab.path(name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def pids(self):
        return all_descendants(self.proxies)

    def our_pids(self):
        return self.pids() + all_descendants([self.backend])

    def load_address(self):
        """A service's, where there are endpoints to choose from; redirects send both to a proxy."""
        if self.load.endpoints > 1:
            return f"{SERVICE_IP}:80"
        return f"{self.lab['s'].ipv4}:{BACKEND_PORT}"

    def check(self):
        """LabError when it did not do what its row is about; called after each window."""
        if self.load.endpoints == 1:
            return
        sockets = self.lab["c"].run(["ss", "-Htn", "state", "established"]).stdout
        unused = [each for each in self.addresses() if f" {each}:{BACKEND_PORT}" not in sockets]
        if unused:
            raise LabError(f"{self.name}: no connection to {', '.join(unused)}")

    def close(self):
        if self.lab is not None:
            self.lab.close()
        self.proxies.clear()


class Direct(Target):
    name = "direct"

    def launch(self, client, server, backends):
        pass


class CopyFloor(Target):
    name = "copy floor"

    def launch(self, client, server, backends):
        self.proxy(client, "copyfloor",
                   [f"{self.tools}/copyfloor", "--listen", f"127.0.0.1:{OUTBOUND_PORT}",
                    "--connect", backends[0]], OUTBOUND_PORT)
        client.redirect(inbound=False)


class Pair(Target):
    """Two proxies with mutual TLS 1.3, P-256 certificates, between them."""

    def certificates(self):
        """Makes ca.pem and a client.pem and server.pem of key and chain, for the proxy's user."""
        make_pair(self.lab.directory, PROXY_UID)

    def without_tickets(self):
        """Environment of a proxy that has no flag for it: OpenSSL sends two tickets after each
        handshake unless it is told not to, even where resumption is off."""
        return {"OPENSSL_CONF": self.config("openssl.cnf", _NO_TICKETS)}

    def tls_client(self):
        """What somebody needs who speaks to the inbound proxy himself."""
        return TlsClient(self.lab.path("client.pem"), self.lab.path("ca.pem"), "server.seine.test")

# SPDX-License-Identifier: Apache-2.0
"""nghttpx as a peer: one worker, keep-alive on both sides, HTTP/2 between its pair."""

from lab.netns import INBOUND_PORT, OUTBOUND_PORT
from loads import GRPC, OPAQUE
from targets import Pair, Target

_COMMON = ["nghttpx", "--conf=/dev/null", "--workers=1", "--single-process", "--no-ocsp",
           "--errorlog-file=/dev/stderr", "--log-level=ERROR", "--no-via", "--no-server-rewrite",
           "--backend-keep-alive-timeout=60s",
           "--frontend-read-timeout=60s", "--frontend-http2-read-timeout=60s",
           "--tls-min-proto-version=TLSv1.3"]


def _backends(addresses, parameters=""):
    """Flags for host,port;PATTERN;PARAMETERS of each."""
    return [f"--backend={address.replace(':', ',')}{parameters}" for address in addresses]


class NghttpxHop(Target):
    name = "nghttpx"
    program = "nghttpx"

    def launch(self, client, server, backends):
        self.proxy(client, "nghttpx",
                   [*_COMMON, f"--frontend=127.0.0.1,{OUTBOUND_PORT};no-tls",
                    *_backends(backends)], OUTBOUND_PORT)
        client.redirect(inbound=False)


class NghttpxPair(Pair):
    name = "nghttpx (h2 between)"
    program = "nghttpx"
    lacks = {OPAQUE: "it carries HTTP only"}

    def launch(self, client, server, backends):
        self.certificates()
        at = self.lab.path
        plain = ";;proto=h2" if self.load.protocol == GRPC else ""
        self.proxy(server, "inbound",
                   [*_COMMON, f"--frontend=0.0.0.0,{INBOUND_PORT}",
                    *_backends(backends, plain), "--verify-client",
                    f"--verify-client-cacert={at('ca.pem')}", "--tls-no-postpone-early-data",
                    at("server.pem"), at("server.pem")], INBOUND_PORT, self.without_tickets())
        self.proxy(client, "outbound",
                   [*_COMMON, f"--frontend=127.0.0.1,{OUTBOUND_PORT};no-tls",
                    *_backends(backends, ";;tls;proto=h2;sni=server.seine.test"),
                    f"--cacert={at('ca.pem')}",
                    f"--client-cert-file={at('client.pem')}",
                    f"--client-private-key-file={at('client.pem')}"], OUTBOUND_PORT)
        server.redirect()
        client.redirect()

# SPDX-License-Identifier: Apache-2.0
"""HAProxy as a peer: one thread, keep-alive on both sides, HTTP/1 or HTTP/2 between its pair."""

from lab.netns import INBOUND_PORT, OUTBOUND_PORT
from loads import GRPC, OPAQUE
from targets import Pair, Target

_HAPROXY = """
global
  nbthread 1
  maxconn 8000
  ssl-default-bind-options ssl-min-ver TLSv1.3 no-tls-tickets
  ssl-default-server-options ssl-min-ver TLSv1.3 no-tls-tickets
defaults
  {mode}
  timeout connect 1s
  timeout client 1m
  timeout server 1m
  retries 0
  default-server pool-purge-delay 10m
frontend in
  bind {bind}
  default_backend out
backend out
{servers}
"""


def _servers(backends, flags=""):
    return "\n".join(f"  server s{i} {backend}{flags}" for i, backend in enumerate(backends))


_HTTP_MODE = """mode http
  option http-keep-alive
  http-reuse always"""


class HaproxyHop(Target):
    name = "HAProxy"
    program = "haproxy"

    def launch(self, client, server, backends):
        path = self.config("haproxy.cfg", _HAPROXY.format(
            mode=_HTTP_MODE, bind=f"127.0.0.1:{OUTBOUND_PORT}", servers=_servers(backends)))
        self.proxy(client, "haproxy", ["haproxy", "-db", "-f", path], OUTBOUND_PORT)
        client.redirect(inbound=False)


class HaproxyPair(Pair):
    program = "haproxy"
    between = "h1"
    mode = _HTTP_MODE

    def launch(self, client, server, backends):
        self.certificates()
        at = self.lab.path
        # Calls come and go in HTTP/2 without TLS, which it does not find out by itself.
        plain = " proto h2" if self.load.protocol == GRPC else ""
        between = " alpn h2 proto h2" if self.between == "h2" else ""
        offered = "" if self.load.protocol == OPAQUE else " alpn h2,http/1.1"
        outbound = self.config("outbound.cfg", _HAPROXY.format(
            mode=self.mode, bind=f"127.0.0.1:{OUTBOUND_PORT}{plain}",
            servers=_servers(
                backends, f" ssl verify required ca-file {at('ca.pem')} crt {at('client.pem')} "
                f"sni str(server.seine.test) verifyhost server.seine.test{between}")))
        inbound = self.config("inbound.cfg", _HAPROXY.format(
            mode=self.mode,
            bind=f"0.0.0.0:{INBOUND_PORT} ssl crt {at('server.pem')} ca-file {at('ca.pem')} "
                 f"verify required{offered}",
            servers=_servers(backends, plain)))
        self.proxy(server, "inbound", ["haproxy", "-db", "-f", inbound], INBOUND_PORT,
                   self.without_tickets())
        self.proxy(client, "outbound", ["haproxy", "-db", "-f", outbound], OUTBOUND_PORT)
        server.redirect()
        client.redirect()


class HaproxyPairH1(HaproxyPair):
    name = "HAProxy (h1 between)"
    lacks = {GRPC: "calls need HTTP/2 between"}


class HaproxyPairH2(HaproxyPair):
    name = "HAProxy (h2 between)"
    between = "h2"


class HaproxyPairTcp(HaproxyPair):
    name = "HAProxy"
    mode = "mode tcp"

# SPDX-License-Identifier: Apache-2.0
"""What is measured. Every target stands in namespaces of its own, all alike:

    c: load -> 10.99.0.2:8000, redirected to the target on :4140 -> s: [target on :4143 ->] backend

so that each pays the same kernel path: one redirected connection, one veth crossing, and for a
pair one more redirected connection. Targets of one hop leave the inbound redirect out.
"""

import os
import shutil

from lab.certificates import make_pair
from lab.netns import INBOUND_PORT, OUTBOUND_PORT, PROXY_UID, Lab
from lab.process import resident_bytes, wait_until
from measure import LOAD_CORE, PROXY_CORE, all_descendants

BACKEND_PORT = 8000


class Target:
    """One thing under load: builds its lab in start(), gives it up in close()."""

    name = ""
    program = None  # of PATH, where the target is a peer

    def __init__(self, tools, body_bytes=1024):
        self.tools = tools  # the directory of responder, copyfloor and pace
        self.body_bytes = body_bytes
        self.lab = None
        self.backend = None
        self.proxies = []
        self.idle_bytes = 0

    def make_lab(self):
        return Lab(("c", "s"))

    def start(self):
        self.lab = self.make_lab()
        client, server = self.lab["c"], self.lab["s"]
        backend_address = f"{server.ipv4}:{BACKEND_PORT}"
        self.backend = server.start(
            "backend", [f"{self.tools}/responder", "--listen", backend_address,
                        "--bytes", self.body_bytes], core=LOAD_CORE)
        wait_until(lambda: server.is_listening(BACKEND_PORT), 5, "the backend's listening")
        self.launch(client, server, backend_address)
        self.idle_bytes = self.resident()

    def missing(self):
        """What this machine lacks to run it, or None."""
        if self.program and shutil.which(self.program) is None:
            return f"{self.program} is not installed"
        return None

    def launch(self, client, server, backend_address):
        """Starts the proxies, waits until they listen, then redirects."""
        raise NotImplementedError

    def proxy(self, space, name, args, port, env=None):
        process = space.start(name, args, uid=PROXY_UID, core=PROXY_CORE, env=env)
        self.proxies.append(process)

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

    def resident(self):
        return resident_bytes(self.pids())

    def pace_command(self, connections, warmup, seconds, rate=0):
        client, server = self.lab["c"], self.lab["s"]
        return client.command(
            [f"{self.tools}/pace", "--address", f"{server.ipv4}:{BACKEND_PORT}", "--host",
             f"{server.ipv4}:{BACKEND_PORT}", "--connections", connections, "--rate", rate,
             "--warmup", f"{int(warmup * 1000)}ms", "--duration", f"{int(seconds * 1000)}ms",
             "--expect-bytes", self.body_bytes, "--json", "--announce"], core=LOAD_CORE)

    def close(self):
        if self.lab is not None:
            self.lab.close()


class Direct(Target):
    name = "direct"

    def launch(self, client, server, backend_address):
        pass


class CopyFloor(Target):
    name = "copy floor"

    def launch(self, client, server, backend_address):
        self.proxy(client, "copyfloor",
                   [f"{self.tools}/copyfloor", "--listen", f"127.0.0.1:{OUTBOUND_PORT}",
                    "--connect", backend_address], OUTBOUND_PORT)
        client.redirect(inbound=False)


_HAPROXY = """
global
  nbthread 1
  maxconn 8000
  ssl-default-bind-options ssl-min-ver TLSv1.3 no-tls-tickets
  ssl-default-server-options ssl-min-ver TLSv1.3 no-tls-tickets
defaults
  mode http
  timeout connect 1s
  timeout client 1m
  timeout server 1m
  option http-keep-alive
  http-reuse always
  retries 0
frontend in
  bind {bind}
  default_backend out
backend out
  server s {server}
"""


class HaproxyHop(Target):
    name = "HAProxy"
    program = "haproxy"

    def launch(self, client, server, backend_address):
        path = self.config("haproxy.cfg", _HAPROXY.format(
            bind=f"127.0.0.1:{OUTBOUND_PORT}", server=backend_address))
        self.proxy(client, "haproxy", ["haproxy", "-db", "-f", path], OUTBOUND_PORT)
        client.redirect(inbound=False)


_NGINX = """
daemon off;
worker_processes 1;
worker_rlimit_nofile 16384;
pid {directory}/nginx-{side}.pid;
error_log stderr warn;
events {{ worker_connections 8192; }}
http {{
  access_log off;
  client_body_temp_path {directory}/tmp-{side};
  proxy_temp_path {directory}/tmp-{side};
  fastcgi_temp_path {directory}/tmp-{side};
  uwsgi_temp_path {directory}/tmp-{side};
  scgi_temp_path {directory}/tmp-{side};
  keepalive_requests 1000000000;
  ssl_protocols TLSv1.3;
  ssl_session_tickets off;
  upstream backend {{
    server {backend};
    keepalive 512;
    keepalive_requests 1000000000;
  }}
  server {{
    listen {listen};
    {listen_tls}
    location / {{
      proxy_pass {scheme}://backend;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      {proxy_tls}
    }}
  }}
}}
"""


class NginxHop(Target):
    name = "nginx"
    program = "nginx"

    def launch(self, client, server, backend_address):
        self.nginx(client, "c", OUTBOUND_PORT, listen=f"127.0.0.1:{OUTBOUND_PORT}",
                   backend=backend_address)
        client.redirect(inbound=False)

    def nginx(self, space, side, port, listen, backend, scheme="http", listen_tls="", proxy_tls=""):
        temporary = self.lab.path(f"tmp-{side}")
        os.mkdir(temporary)
        for owned in (temporary, self.lab.directory):
            os.chown(owned, PROXY_UID, PROXY_UID)
        path = self.config(f"nginx-{side}.conf", _NGINX.format(
            directory=self.lab.directory, side=side, listen=listen, backend=backend,
            scheme=scheme, listen_tls=listen_tls, proxy_tls=proxy_tls))
        self.proxy(space, f"nginx-{side}", ["nginx", "-e", "stderr", "-c", path], port)


class Pair(Target):
    """Two proxies with mutual TLS 1.3, P-256 certificates, between them."""

    def certificates(self):
        """Makes ca.pem and a client.pem and server.pem of key and chain, for the proxy's user."""
        make_pair(self.lab.directory, PROXY_UID)


class HaproxyPair(Pair):
    program = "haproxy"
    protocol = "h1"

    def launch(self, client, server, backend_address):
        self.certificates()
        at = self.lab.path
        protocol = " alpn h2 proto h2" if self.protocol == "h2" else ""
        offered = " alpn h2,http/1.1"
        outbound = self.config("outbound.cfg", _HAPROXY.format(
            bind=f"127.0.0.1:{OUTBOUND_PORT}",
            server=f"{backend_address} ssl verify required ca-file {at('ca.pem')} "
                   f"crt {at('client.pem')} sni str(server.seine.test) "
                   f"verifyhost server.seine.test{protocol}"))
        inbound = self.config("inbound.cfg", _HAPROXY.format(
            bind=f"0.0.0.0:{INBOUND_PORT} ssl crt {at('server.pem')} ca-file {at('ca.pem')} "
                 f"verify required{offered}",
            server=backend_address))
        self.proxy(server, "inbound", ["haproxy", "-db", "-f", inbound], INBOUND_PORT)
        self.proxy(client, "outbound", ["haproxy", "-db", "-f", outbound], OUTBOUND_PORT)
        server.redirect()
        client.redirect()


class HaproxyPairH1(HaproxyPair):
    name = "HAProxy (h1 between)"


class HaproxyPairH2(HaproxyPair):
    name = "HAProxy (h2 between)"
    protocol = "h2"


class NginxPair(Pair, NginxHop):
    name = "nginx (h1 between)"

    def launch(self, client, server, backend_address):
        self.certificates()
        at = self.lab.path
        self.nginx(server, "s", INBOUND_PORT, listen=f"0.0.0.0:{INBOUND_PORT} ssl",
                   backend=backend_address,
                   listen_tls=f"ssl_certificate {at('server.pem')}; "
                              f"ssl_certificate_key {at('server.pem')}; "
                              f"ssl_client_certificate {at('ca.pem')}; ssl_verify_client on;")
        self.nginx(client, "c", OUTBOUND_PORT, listen=f"127.0.0.1:{OUTBOUND_PORT}",
                   backend=backend_address, scheme="https",
                   proxy_tls=f"proxy_ssl_certificate {at('client.pem')}; "
                             f"proxy_ssl_certificate_key {at('client.pem')}; "
                             f"proxy_ssl_trusted_certificate {at('ca.pem')}; proxy_ssl_verify on; "
                             "proxy_ssl_name server.seine.test; proxy_ssl_server_name on; "
                             "proxy_ssl_protocols TLSv1.3; proxy_ssl_session_reuse off;")
        server.redirect()
        client.redirect()

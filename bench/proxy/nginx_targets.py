# SPDX-License-Identifier: Apache-2.0
"""nginx as a peer: one worker, keep-alive on both sides, HTTP/1 between its pair."""

import os

from lab.netns import INBOUND_PORT, OUTBOUND_PORT, PROXY_UID
from loads import GRPC
from targets import Pair, Target

_HEAD = """
daemon off;
worker_processes 1;
worker_rlimit_nofile 16384;
pid {directory}/nginx-{side}.pid;
error_log stderr warn;
events {{ worker_connections 8192; }}
"""
_NGINX = _HEAD + """\
http {{
  access_log off;
  client_body_temp_path {directory}/tmp-{side};
  proxy_temp_path {directory}/tmp-{side};
  fastcgi_temp_path {directory}/tmp-{side};
  uwsgi_temp_path {directory}/tmp-{side};
  scgi_temp_path {directory}/tmp-{side};
  proxy_max_temp_file_size 0;
  keepalive_requests 1000000000;
  ssl_protocols TLSv1.3;
  ssl_session_tickets off;
  ssl_conf_command NumTickets 0;
  upstream backend {{
    {servers}
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


_STREAM_MODULE = "/usr/lib/nginx/modules/ngx_stream_module.so"
_NGINX_STREAM = "\nload_module {module};" + _HEAD + """\
stream {{
  access_log off;
  ssl_protocols TLSv1.3;
  ssl_session_tickets off;
  ssl_conf_command NumTickets 0;
  upstream backend {{
    {servers}
  }}
  server {{
    listen {listen};
    {listen_tls}
    proxy_pass backend;
    {proxy_tls}
  }}
}}
"""


class NginxHop(Target):
    name = "nginx"
    program = "nginx"
    template = _NGINX

    def launch(self, client, server, backends):
        self.nginx(client, "c", OUTBOUND_PORT, listen=f"127.0.0.1:{OUTBOUND_PORT}",
                   backends=backends)
        client.redirect(inbound=False)

    def nginx(self, space, side, port, backends, **settings):
        temporary = self.lab.path(f"tmp-{side}")
        os.mkdir(temporary)
        for owned in (temporary, self.lab.directory):
            os.chown(owned, PROXY_UID, PROXY_UID)
        path = self.config(f"nginx-{side}.conf", self.template.format_map(
            {"directory": self.lab.directory, "side": side, "module": _STREAM_MODULE,
             "servers": " ".join(f"server {backend};" for backend in backends),
             "scheme": "http", "listen_tls": "", "proxy_tls": "", **settings}))
        self.proxy(space, f"nginx-{side}", ["nginx", "-e", "stderr", "-c", path], port)


class NginxPair(Pair, NginxHop):
    name = "nginx (h1 between)"
    lacks = {GRPC: "its grpc_pass has one call at a time on a connection"}
    turn_on = ""  # what says that a server is spoken to by TLS, beside its scheme

    def launch(self, client, server, backends):
        self.certificates()
        at = self.lab.path
        self.nginx(server, "s", INBOUND_PORT, listen=f"0.0.0.0:{INBOUND_PORT} ssl",
                   backends=backends,
                   listen_tls=f"ssl_certificate {at('server.pem')}; "
                              f"ssl_certificate_key {at('server.pem')}; "
                              f"ssl_client_certificate {at('ca.pem')}; ssl_verify_client on;")
        self.nginx(client, "c", OUTBOUND_PORT, listen=f"127.0.0.1:{OUTBOUND_PORT}",
                   backends=backends, scheme="https",
                   proxy_tls=f"{self.turn_on}proxy_ssl_certificate {at('client.pem')}; "
                             f"proxy_ssl_certificate_key {at('client.pem')}; "
                             f"proxy_ssl_trusted_certificate {at('ca.pem')}; proxy_ssl_verify on; "
                             "proxy_ssl_name server.seine.test; proxy_ssl_server_name on; "
                             "proxy_ssl_protocols TLSv1.3; proxy_ssl_session_reuse off;")
        server.redirect()
        client.redirect()


class NginxPairTcp(NginxPair):
    name = "nginx"
    template = _NGINX_STREAM
    turn_on = "proxy_ssl on; "

    def missing(self):
        if not os.access(_STREAM_MODULE, os.R_OK):
            return "its stream module is not installed"
        return super().missing()

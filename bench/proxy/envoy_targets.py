# SPDX-License-Identifier: Apache-2.0
"""Envoy as a peer: one worker, keep-alive on both sides, HTTP/2 between its pair, no access log."""

import json
import os

from lab.netns import INBOUND_PORT, OUTBOUND_PORT
from loads import GRPC, OPAQUE
from targets import Pair, Target

_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_PROGRAM = os.path.join(_ROOT, "build", "bench", "python", "bin", "envoy")
_TYPES = "type.googleapis.com/envoy.extensions"


def _address(text):
    host, port = text.rsplit(":", 1)
    return {"socket_address": {"address": host, "port_value": int(port)}}


def _tls(kind, directory, certificate, name=None, alpn=("h2",)):
    """The transport socket of one side: TLS 1.3 only, both certificates verified, no tickets."""
    common = {
        "tls_params": {"tls_minimum_protocol_version": "TLSv1_3",
                       "tls_maximum_protocol_version": "TLSv1_3"},
        "tls_certificates": [{"certificate_chain": {"filename": f"{directory}/{certificate}"},
                              "private_key": {"filename": f"{directory}/{certificate}"}}],
        "validation_context": {"trusted_ca": {"filename": f"{directory}/ca.pem"}},
        "alpn_protocols": list(alpn),
    }
    context = {"@type": f"{_TYPES}.transport_sockets.tls.v3.{kind}", "common_tls_context": common}
    if name is None:
        context["require_client_certificate"] = True
        context["disable_stateless_session_resumption"] = True
    else:
        context["sni"] = name
        common["validation_context"]["match_typed_subject_alt_names"] = [
            {"san_type": "DNS", "matcher": {"exact": name}}]
    return {"name": "tls", "typed_config": context}


def _http_filter():
    manager = {
        "@type": f"{_TYPES}.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "in",
        "codec_type": "AUTO",
        "generate_request_id": False,
        "route_config": {"virtual_hosts": [{
            "name": "all", "domains": ["*"],
            "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "out"}}]}]},
        "http_filters": [{"name": "router", "typed_config": {
            "@type": f"{_TYPES}.filters.http.router.v3.Router",
            "suppress_envoy_headers": True}}],
    }
    return {"name": "http", "typed_config": manager}


def _tcp_filter():
    return {"name": "tcp", "typed_config": {
        "@type": f"{_TYPES}.filters.network.tcp_proxy.v3.TcpProxy",
        "stat_prefix": "in", "cluster": "out"}}


def _config(listen, backends, listen_tls=None, backend_tls=None, backend_h2=False, opaque=False):
    chain = {"filters": [_tcp_filter() if opaque else _http_filter()]}
    if listen_tls:
        chain["transport_socket"] = listen_tls
    cluster = {
        "name": "out", "type": "STATIC", "connect_timeout": "1s",
        # Without them the proxy would refuse what comes beyond 1024 at once.
        "circuit_breakers": {"thresholds": [
            {"max_connections": 100000, "max_pending_requests": 100000, "max_requests": 100000}]},
        "load_assignment": {"cluster_name": "out", "endpoints": [{"lb_endpoints": [
            {"endpoint": {"address": _address(backend)}} for backend in backends]}]},
    }
    if backend_tls:
        cluster["transport_socket"] = backend_tls
    if backend_h2:
        cluster["typed_extension_protocol_options"] = {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": f"{_TYPES}.upstreams.http.v3.HttpProtocolOptions",
                "explicit_http_config": {"http2_protocol_options": {}}}}
    return {"static_resources": {
        "listeners": [{"name": "in", "address": _address(listen), "filter_chains": [chain]}],
        "clusters": [cluster]}}


class EnvoyHop(Target):
    name = "Envoy"

    def missing(self):
        if super().missing():
            return super().missing()
        if not os.access(_PROGRAM, os.X_OK):
            return "it is not in build/bench; tools/bootstrap bench fetches it"
        return None

    def launch(self, client, server, backends):
        self.envoy(client, "c", OUTBOUND_PORT,
                   _config(f"127.0.0.1:{OUTBOUND_PORT}", backends))
        client.redirect(inbound=False)

    def envoy(self, space, side, port, config):
        path = self.config(f"envoy-{side}.json", json.dumps(config))
        self.proxy(space, f"envoy-{side}",
                   [_PROGRAM, "-c", path, "--concurrency", "1", "--disable-hot-restart",
                    "--log-level", "warning"], port)


class EnvoyPair(Pair, EnvoyHop):
    name = "Envoy (h2 between)"

    def launch(self, client, server, backends):
        self.certificates()
        directory = self.lab.directory
        opaque = self.load.protocol == OPAQUE
        alpn = () if opaque else ("h2",)
        self.envoy(server, "s", INBOUND_PORT,
                   _config(f"0.0.0.0:{INBOUND_PORT}", backends, opaque=opaque,
                           listen_tls=_tls("DownstreamTlsContext", directory, "server.pem",
                                           alpn=alpn),
                           backend_h2=self.load.protocol == GRPC))
        self.envoy(client, "c", OUTBOUND_PORT,
                   _config(f"127.0.0.1:{OUTBOUND_PORT}", backends, opaque=opaque,
                           backend_tls=_tls("UpstreamTlsContext", directory, "client.pem",
                                            "server.seine.test", alpn),
                           backend_h2=not opaque))
        server.redirect()
        client.redirect()


class EnvoyPairTcp(EnvoyPair):
    name = "Envoy"

# SPDX-License-Identifier: Apache-2.0
"""What a control plane has to say of services, as dicts for the messages of proto/."""

from behaviours.messages import address, duration


def default(name):
    return {"default": name}


def endpoint(listener, identity=None, h2=False, labels=None, transport_port=None, opaque=False):
    """A WeightedAddr of something that listens, or of an (ip, port)."""
    ip, port = listener if isinstance(listener, tuple) else (listener.host, listener.port)
    told = {"addr": address(ip, port), "weight": 10000, "metric_labels": labels or {}}
    if identity:
        told["tls_identity"] = {"dns_like_identity": {"name": identity},
                                "server_name": {"name": identity}}
    hint = {}
    if h2:
        hint["h2"] = {}
    if opaque:
        hint["opaque"] = {}
    if transport_port:
        hint["opaque_transport"] = {"inbound_port": transport_port}
    if hint:
        told["protocol_hint"] = hint
    return told


def add(*endpoints, labels=None):
    return {"add": {"addrs": list(endpoints), "metric_labels": labels or {}}}


def remove(*listeners):
    return {"remove": {"addrs": [address(each.host, each.port) for each in listeners]}}


def no_endpoints(exists):
    return {"no_endpoints": {"exists": exists}}


def balancer(path, failfast=3.0):
    """A Backend that is found by Destination.Get."""
    return {"metadata": default("backend"),
            "queue": {"capacity": 100, "failfast_timeout": duration(failfast)},
            "balancer": {"discovery": {"dst": {"path": path}},
                         "peak_ewma": {"default_rtt": duration(0.03), "decay": duration(10)}}}


def forward(told, failfast=3.0):
    """A Backend that is this endpoint."""
    return {"metadata": default("backend"), "forward": told,
            "queue": {"capacity": 100, "failfast_timeout": duration(failfast)}}


def rule(backend, matches=(), **more):
    """Of an HttpRoute."""
    return {"matches": list(matches), **more,
            "backends": {"first_available": {"backends": [{"backend": backend}]}}}


def route(*rules, name="default", hosts=()):
    return {"metadata": default(name), "hosts": list(hosts), "rules": list(rules)}


def opaque_route(backend):
    return {"metadata": default("default"), "rules": [
        {"backends": {"first_available": {"backends": [{"backend": backend}]}}}]}


def detected(backend, http1=None, http2=None, timeout=10.0):
    """An OutboundPolicy whose routes are these, or one that takes all to the backend."""
    usual = [route(rule(backend))]
    return {"metadata": default("policy"), "protocol": {"detect": {
        "timeout": duration(timeout), "opaque": {"routes": [opaque_route(backend)]},
        "http1": {"routes": usual if http1 is None else http1},
        "http2": {"routes": usual if http2 is None else http2}}}}


def opaque(backend):
    return {"metadata": default("policy"),
            "protocol": {"opaque": {"routes": [opaque_route(backend)]}}}

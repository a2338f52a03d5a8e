# SPDX-License-Identifier: Apache-2.0
"""gRPC's own interoperability cases, client and server of grpc-go, through two proxies."""

import re

from lab.applications import start_listener

from places import CLIENT, SERVER, open_mesh, why_not_secret
from programs import build

_PORT, _DECLARED = 9090, 9091
_SECONDS = 30
# Further flags that a case needs.
_BACKEND_METRICS = ['-service_config_json={"loadBalancingConfig":'
                    '[{"test_backend_metrics_load_balancer":{}}]}']
_FLAGS = {"orca_per_rpc": _BACKEND_METRICS, "orca_oob": _BACKEND_METRICS,
          "rpc_soak": ["-soak_iterations=100"], "channel_soak": ["-soak_iterations=50"]}
# What the client knows and its help does not name.
_UNTOLD = ["rpc_soak", "channel_soak"]


def run(binaries, ticks):
    client = build("go", "google.golang.org/grpc/interop/client", "grpc_interop_client")
    server = build("go", "google.golang.org/grpc/interop/server", "grpc_interop_server")
    if client is None or server is None:
        ticks.missing("grpc", "Go")
        return
    with open_mesh(binaries, [_PORT, {"port": _DECLARED, "protocol": "http2"}]) as lab:
        mesh = lab.start()
        for port in (_PORT, _DECLARED):
            start_listener(mesh[SERVER], f"interop-{port}", port, [server, f"-port={port}"])
        for case in _cases(mesh, client):
            if ticks.excuses(f"grpc {case}"):
                continue
            _try(mesh, ticks, client, case, _PORT)
        _try(mesh, ticks, client, "large_unary", _DECLARED)
        plain = why_not_secret(mesh)
        if plain:
            ticks.fail("grpc between the proxies", plain)
        else:
            ticks.ok("grpc between the proxies: mutual TLS and nothing else")


def _cases(mesh, client):
    """Those that the client's help names, so that none is forgotten, and the others."""
    told = mesh[CLIENT].run([client, "-h"])
    found = re.findall(r"^\s+\t\s*([a-z0-9_]+) ?: ", told.stderr, re.MULTILINE)
    return [*found, *(case for case in _UNTOLD if case not in found)]


def _try(mesh, ticks, client, case, port):
    name = f"grpc {case}{'' if port == _PORT else ', the port declared'}"
    done = mesh[CLIENT].run([client, f"-server_host={mesh[SERVER].ipv4}", f"-server_port={port}",
                             f"-test_case={case}", *_FLAGS.get(case, [])], _SECONDS)
    if done.returncode == 0:
        ticks.ok(name)
    else:
        ticks.fail(name, f"{done.stdout}{done.stderr}"[-1500:])

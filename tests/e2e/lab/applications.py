# SPDX-License-Identifier: Apache-2.0
"""Strangers: servers and clients that know nothing of us, from tests/e2e/peers and from Debian."""

import os
import shutil
import sys

from lab.process import LabError, wait_until

_E2E = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOT = os.path.dirname(os.path.dirname(_E2E))
PEERS = os.path.join(_E2E, "peers")


def node():
    """The Node.js that tools/bootstrap left, else the one of PATH."""
    own = os.path.join(ROOT, "build", "node", "bin", "node")
    found = own if os.path.exists(own) else shutil.which("node")
    if found is None or not os.path.isdir(os.path.join(PEERS, "node_modules")):
        raise LabError("Node.js or tests/e2e/peers/node_modules is missing; run tools/bootstrap")
    return found


def peer(name):
    return os.path.join(PEERS, name)


def start_listener(space, name, port, command):
    process = space.start(name, command)

    def listens():
        if not process.is_running():
            raise LabError(f"{name} ended: {process.tail()}")
        return space.is_listening(port)
    wait_until(listens, 15, f"{name} listening on {port}")
    return process


def start_http_server(space, address, port):
    return start_listener(space, f"http-{port}", port,
                  [sys.executable, peer("http_server.py"), address, port])


def start_tcp_server(space, address, port, manner, *words):
    return start_listener(space, f"{manner}-{port}", port,
                  [sys.executable, peer("tcp_server.py"), address, port, manner, *words])


def start_grpc_server(space, address, port):
    return start_listener(space, f"grpc-{port}", port,
                  [node(), peer("grpc_server.js"), f"{address}:{port}"])


def start_responder(space, binaries, address, port, *flags):
    """The benchmark's backend: fast, and what `pace` expects."""
    return start_listener(space, f"responder-{port}", port,
                  [os.path.join(binaries, "responder"), "--listen", f"{address}:{port}", *flags])


def grpc_client(space, address, port, *words, seconds=30):
    """The CompletedProcess of grpc_client.js."""
    return space.run([node(), peer("grpc_client.js"), f"{address}:{port}", *words], seconds)


def tcp_client(space, address, port, *words, seconds=30):
    return space.run([sys.executable, peer("tcp_client.py"), address, port, *words], seconds)

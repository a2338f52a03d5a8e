# SPDX-License-Identifier: Apache-2.0
"""What a proxy that was told to end still waits for."""

import signal
import sys
import time

from harness import e2e, expect
from lab.applications import peer, start_tcp_server
from lab.mesh import ADMIN_PORT, TCP_PORT, Mesh
from lab.process import wait_until

_BYTES = 1000


def _touch(path):
    with open(path, "w", encoding="ascii"):
        pass


@e2e("a client that has closed its half still gets the answer of a slow server after SIGTERM of"
     " both proxies, which then end")
def half_closed_client_is_waited_for(binaries):
    with Mesh(binaries).start() as mesh:
        go = mesh.path("go")
        start_tcp_server(mesh["s"], mesh["s"].ipv4, TCP_PORT, "half-close", go)
        client = mesh["c"].start("client", [sys.executable, peer("tcp_client.py"), mesh["s"].ipv4,
                                            TCP_PORT, "half-close", _BYTES])
        wait_until(lambda: mesh.metrics("server").sum(
            "tcp_write_bytes_total", direction="inbound", peer="dst",
            target_port=str(TCP_PORT)) >= _BYTES, 20, "the server having all that was sent")
        for proxy in mesh.proxies.values():
            proxy.signal(signal.SIGTERM)
        for name in mesh.proxies:
            mesh.wait_for_word(name, "draining", 5)
        time.sleep(0.5)
        expect(client.is_running(), f"the client was not waited for: {client.log()}")
        for name, proxy in mesh.proxies.items():
            expect(proxy.is_running(), f"the proxy of {name} ended before the answer")
        _touch(go)
        expect(client.wait(5) == 0, f"the client: {client.log()}")
        for name, proxy in mesh.proxies.items():
            expect(proxy.wait(5) == 0, f"the proxy of {name}: {proxy.tail()}")


@e2e("an admin request that was under way at SIGTERM is answered before the proxy ends")
def admin_request_is_answered(binaries):
    with Mesh(binaries).start() as mesh:
        go = mesh.path("go")
        proxy = mesh.proxies["web"]
        asking = mesh["c"].start("asking", ["bash", "-c", (
            f"exec 3<>/dev/tcp/127.0.0.1/{ADMIN_PORT} && printf 'GET /live HTTP/1.1\\r\\n' >&3 && "
            f"until [ -e {go} ]; do sleep 0.02; done && "
            "printf 'host: a\\r\\n\\r\\n' >&3 && cat <&3")])
        time.sleep(0.5)
        proxy.signal(signal.SIGTERM)
        mesh.wait_for_word("web", "draining", 5)
        _touch(go)
        expect(asking.wait(5) == 0 and "200 OK" in asking.log() and "live" in asking.log(),
               f"answered with {asking.log()}")
        expect(proxy.wait(5) == 0, f"the proxy ended badly: {proxy.tail()}")

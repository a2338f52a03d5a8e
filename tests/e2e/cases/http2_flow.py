# SPDX-License-Identifier: Apache-2.0
"""What HTTP/2 lets be under way: windows that fit the path, connections where streams are few."""

import json
import sys

from harness import e2e, expect
from lab.applications import peer, start_http_server, start_responder
from lab.mesh import GRPC_PORT, HTTP_PORT, Mesh
from lab.process import wait_until

_BYTES, _MILLISECONDS = 8_000_000, 30


def _upload(mesh):
    done = mesh["c"].run([sys.executable, peer("h2_uploader.py"), mesh["s"].ipv4, str(GRPC_PORT),
                          str(_BYTES), str(_MILLISECONDS)], 60)
    expect(done.returncode == 0, f"the upload: {done.stdout}{done.stderr}")
    return json.loads(done.stdout)


@e2e("with SERVER_HTTP2_ADAPTIVE_FLOW_CONTROL an upload over a path of 30 ms has its window grow,"
     " within bounds, and takes less than half of the time that a fixed window gives it")
def windows_adapt(binaries):
    took = {}
    for adaptive in ("false", "true"):
        with Mesh(binaries).start(
                OUTBOUND_SERVER_HTTP2_ADAPTIVE_FLOW_CONTROL=adaptive,
                INBOUND_SERVER_HTTP2_ADAPTIVE_FLOW_CONTROL=adaptive) as mesh:
            start_responder(mesh["s"], binaries, mesh["s"].ipv4, GRPC_PORT, "--h2")
            took[adaptive] = _upload(mesh)
    expect(took["false"]["widest"] == 65535, f"a fixed window grew: {took}")
    expect(262144 <= took["true"]["widest"] <= 8 << 20, f"the adaptive window: {took}")
    expect(took["true"]["seconds"] < took["false"]["seconds"] / 2, f"it is no faster: {took}")


_STREAMS, _CONNECTIONS = 2, 4


def _hold(mesh):
    return mesh["c"].start("curl", ["curl", "-sS", "-m", "20", "-o", "/dev/null", "-w",
                                    "%{http_code}",
                                    f"http://{mesh['s'].ipv4}:{HTTP_PORT}/held?bytes=1000"])


def _ask(mesh):
    mesh["c"].run(["curl", "-sS", "-o", "/dev/null", f"http://{mesh['s'].ipv4}:{HTTP_PORT}/"])


def _between_proxies(mesh):
    return mesh.metrics("server").sum("tcp_open_connections", direction="inbound", peer="src",
                                      target_port=str(HTTP_PORT))


@e2e("a peer that takes 2 streams of a connection gets up to four connections: 8 requests are under"
     " way at once, the ninth has its turn; spare connections close when idle", seconds=90)
def spare_connections(binaries):
    limit = {"INBOUND_SERVER_HTTP2_MAX_CONCURRENT_STREAMS": str(_STREAMS),
             "OUTBOUND_HTTP_FAILFAST_TIMEOUT": "10s"}
    with Mesh(binaries).start(**limit) as mesh:
        start_http_server(mesh["s"], "::", HTTP_PORT)
        held = []
        places = _STREAMS * _CONNECTIONS
        for count in range(1, places + 1):
            held.append(_hold(mesh))
            wait_until(lambda n=count: mesh.metrics("server").sum(
                "seine_http_requests_in_flight", direction="inbound") == n, 5,
                f"request {count} at the server")
        held.append(_hold(mesh))
        wait_until(lambda: mesh.metrics("web").sum(
            "seine_http_requests_in_flight", direction="outbound") == places + 1, 5,
            "the ninth request at the client's proxy")
        opened = _between_proxies(mesh)
        expect(opened == _CONNECTIONS, f"{opened} connections between the proxies, not four")
        mesh["s"].run(["curl", "-sS", f"http://127.0.0.1:{HTTP_PORT}/release"])
        for each in held:
            each.wait(15)
        answers = [each.log() for each in held]
        expect(answers == ["200"] * len(held), f"answers: {answers}")
        # Without a request now and then the destination would be forgotten, and its last connection
        # with it.
        def one_is_left():
            _ask(mesh)
            return _between_proxies(mesh) == 1
        wait_until(one_is_left, 30, "the spare connections are closed", every=0.5)

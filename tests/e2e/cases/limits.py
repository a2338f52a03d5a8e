# SPDX-License-Identifier: Apache-2.0
"""A proxy bounds what it takes on, sheds the rest at once, and takes more when there is room."""

from harness import e2e, expect
from lab.applications import start_http_server
from lab.mesh import HTTP_PORT, Mesh
from lab.process import wait_until

_LIMIT, _CLIENTS = 3, 8


def _start_curl(mesh, path):
    return mesh["c"].start("curl", [
        "curl", "-sS", "-m", "30", "-o", "/dev/null", "-w",
        "%{http_code} %{size_download} %header{l5d-proxy-error}",
        f"http://{mesh['s'].ipv4}:{HTTP_PORT}{path}"])


def _connections_between_proxies(mesh):
    return mesh.metrics("server").sum("tcp_open_total", direction="inbound", peer="src",
                                      target_port=str(HTTP_PORT))


def _shed_and_recover(mesh, limited, direction):
    """Asks for more than `limited`'s proxy takes, of a server that does not finish its answers."""
    expect(_start_curl(mesh, "/").wait(10) == 0, "no request passes")
    held = [_start_curl(mesh, "/held?bytes=1000") for _ in range(_CLIENTS)]
    wait_until(lambda: sum(not each.is_running() for each in held) >= _CLIENTS - _LIMIT, 15,
               f"{_CLIENTS - _LIMIT} answers while the server is held up")
    shed = [each.log() for each in held if not each.is_running()]
    expect(len(shed) == _CLIENTS - _LIMIT and all(said.startswith("503 0") for said in shed),
           f"shed: {shed}")
    metrics = mesh.metrics(limited)
    counted = metrics.sum(f"{direction}_http_errors_total", error="loadshed")
    expect(counted == _CLIENTS - _LIMIT, f"the metric counts {counted} shed requests")
    in_flight = metrics.sum("seine_http_requests_in_flight", direction=direction)
    expect(in_flight == _LIMIT, f"the gauge shows {in_flight} requests in flight")

    released = mesh["s"].run(["curl", "-sS", f"http://127.0.0.1:{HTTP_PORT}/release"])
    expect(released.returncode == 0, f"/release: {released.stderr}")
    served = [each for each in held if not each.log().startswith("503")]
    for each in served:
        each.wait(10)
    answers = [each.log() for each in served]
    expect(all(said.startswith("200 1000") for said in answers) and len(answers) == _LIMIT,
           f"those under way ended with {answers}")
    again = _start_curl(mesh, "/")
    again.wait(10)
    expect(again.log().startswith("200 1024"), f"afterwards: {again.log()}")
    # A response leaves the gauge at its end, which the client may see first.
    wait_until(lambda: mesh.metrics(limited).sum("seine_http_requests_in_flight",
                                                 direction=direction) == 0, 2,
               "afterwards no request in flight")
    return shed


@e2e("INBOUND_MAX_IN_FLIGHT sheds exactly the surplus of a slow server's requests with 503; those"
     " under way and later ones pass on the same connection between the proxies")
def inbound_limit(binaries):
    with Mesh(binaries).start(INBOUND_MAX_IN_FLIGHT=str(_LIMIT)) as mesh:
        start_http_server(mesh["s"], "::", HTTP_PORT)
        _shed_and_recover(mesh, "server", "inbound")
        opened = _connections_between_proxies(mesh)
        expect(opened == 1, f"{opened} connections between the proxies, not the first one alone")


@e2e("OUTBOUND_MAX_IN_FLIGHT sheds exactly the surplus with 503 and says which limit it was")
def outbound_limit(binaries):
    with Mesh(binaries).start(OUTBOUND_MAX_IN_FLIGHT=str(_LIMIT)) as mesh:
        start_http_server(mesh["s"], "::", HTTP_PORT)
        for said in _shed_and_recover(mesh, "web", "outbound"):
            expect("loadshed: " in said and "OUTBOUND_MAX_IN_FLIGHT" in said,
                   f"l5d-proxy-error: {said}")

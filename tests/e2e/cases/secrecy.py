# SPDX-License-Identifier: Apache-2.0
"""Every byte that leaves a machine is TLS 1.3, control streams included."""

from harness import e2e, expect
from lab.applications import start_http_server, start_tcp_server, tcp_client
from lab.capture import Capture, containing
from lab.mesh import (DESTINATION_PORT, GREETS_PORT, HTTP_PORT, IDENTITY_PORT, POLICY_PORT,
                      TRUST_DOMAIN, Mesh)
from lab.netns import INBOUND_PORT
from lab.tls_records import is_tls13_server, why_not_tls

# '~' costs HPACK's Huffman code 13 bits, so every encoder sends a string full of it as it is, and
# a canary in a header or path of readable HTTP/2 could be found by its plain bytes.
CANARY = "~~~~~~~~canary~~~~~~~~"


def _talk(mesh):
    address = mesh["s"].ipv4
    for family in (address, f"[{mesh['s'].ipv6}]"):
        done = mesh["c"].run(
            ["curl", "-sS", "-m", "20", "-H", f"x-canary: header{CANARY}", "--data-binary",
             f"body{CANARY}", f"http://{family}:{HTTP_PORT}/path{CANARY}"])
        expect(done.stdout == f"body{CANARY}", f"curl: {done.stdout} {done.stderr}")
    done = tcp_client(mesh["c"], address, GREETS_PORT, "greets")
    expect(done.returncode == 0, f"{done.stdout}{done.stderr}")


@e2e("a canary in path, header and body is readable on the application's side and never on the"
     " veth, where every stream, control streams included, is TLS 1.3 and nothing else")
def canary_never_on_the_wire(binaries):
    with Mesh(binaries) as mesh:
        # From before the first packet of ours, so that certification is watched too.
        wires = {member: Capture(mesh[member], "eth0") for member in ("c", "s", "ctl")}
        inside = {member: Capture(mesh[member], "lo") for member in ("c", "s")}
        mesh.start()
        start_http_server(mesh["s"], "::", HTTP_PORT)
        start_tcp_server(mesh["s"], mesh["s"].ipv4, GREETS_PORT, "greets")
        _talk(mesh)
        for member, capture in inside.items():
            streams = capture.stop()
            for place in ("path", "header", "body"):
                expect(containing(streams, f"{place}{CANARY}".encode()),
                       f"the {place} is not readable inside {member}: the capture proves nothing")
        ports = set()
        for member, capture in wires.items():
            streams = [stream for stream in capture.stop() if stream.data]
            for stream in streams:
                _check_stream(member, stream)
            answers = [stream for stream in streams if is_tls13_server(stream.data)]
            expect(2 * len(answers) == len(streams),
                   f"{member}: {len(streams)} streams, {len(answers)} answers in TLS 1.3")
            ports |= {stream.source[1] for stream in answers}
        for port in (INBOUND_PORT, HTTP_PORT, IDENTITY_PORT, DESTINATION_PORT, POLICY_PORT):
            # Behind a redirect the wire shows the port the client meant.
            expect(port in ports or port == INBOUND_PORT, f"no stream of port {port} was seen")


def _check_stream(member, stream):
    where = f"on {member}'s eth0, from {stream.source} to {stream.destination}"
    expect(stream.missing == 0, f"{where}: {stream.missing} bytes were not captured")
    expect(CANARY.encode() not in stream.data, f"the canary is readable {where}")
    # A service account's name may show in SNI, a token or a workload's context may not.
    expect(b"token-of-" not in stream.data, f"a token is readable {where}")
    expect(why_not_tls(stream.data) is None, f"{where}: the stream {why_not_tls(stream.data)}")


@e2e("the certificate a proxy shows names its workload, under TLS 1.3 only; TLS 1.2 is refused")
def certificate_names_the_workload(binaries):
    with Mesh(binaries).start() as mesh:
        start_http_server(mesh["s"], "::", HTTP_PORT)
        name = mesh.workloads["server"].identity
        with open(mesh.path("anchors.pem"), "w", encoding="ascii") as file:
            file.write(mesh.trust_anchors())
        # From ctl, where nothing is redirected on the way out.
        ask = ["openssl", "s_client", "-connect", f"{mesh['s'].ipv4}:{HTTP_PORT}", "-servername",
               name, "-CAfile", mesh.path("anchors.pem"), "-verify_hostname", name,
               "-verify_return_error"]
        done = mesh["ctl"].run([*ask, "-tls1_3"], stdin="")
        expect("Verification: OK" in done.stdout and "TLSv1.3" in done.stdout,
               f"TLS 1.3: {done.stdout[-600:]}{done.stderr}")
        expect(TRUST_DOMAIN in name, "the identity lies outside the trust domain")
        done = mesh["ctl"].run([*ask, "-tls1_2"], stdin="")
        expect(done.returncode != 0, "TLS 1.2 was accepted")

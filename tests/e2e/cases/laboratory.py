# SPDX-License-Identifier: Apache-2.0
"""The laboratory itself, without our binaries: what its captures would catch, and what not."""

import sys

from harness import e2e, expect
from lab.applications import (grpc_client, start_grpc_server, start_http_server,
                              start_tcp_server, tcp_client)
from lab.capture import Capture, containing
from lab.certificates import make_pair
from lab.netns import Lab
from lab.process import wait_until
from lab.tls_records import is_tls13_server, why_not_tls

CANARY = "~~~canary~~~"


def _send(lab, command):
    done = lab["c"].run(["sh", "-c", command], seconds=15)
    expect(done.returncode == 0, f"the client failed: {done.stderr}")


@e2e("a capture shows a canary in plain TCP even when it is split over segments")
def sees_the_canary_in_plain_traffic(_binaries):
    for version in ("ipv4", "ipv6"):
        with Lab(("c", "s")) as lab:
            address = getattr(lab["s"], version)
            start_tcp_server(lab["s"], address, 9000, "half-close")
            capture = Capture(lab["s"], "eth0")
            split = ("import socket,sys,time; s=socket.create_connection((sys.argv[1],9000)); "
                     "s.setsockopt(6,1,1); [(s.sendall(c.encode()), time.sleep(0.01)) "
                     "for c in 'x' + sys.argv[2]]; s.shutdown(1); s.recv(99)")
            done = lab["c"].run([sys.executable, "-c", split, address, CANARY])
            expect(done.returncode == 0, f"the client failed: {done.stderr}")
            streams = capture.stop()
            found = containing(streams, CANARY.encode())
            expect(len(found) == 1 and found[0].missing == 0 and found[0].destination[1] == 9000,
                   f"the canary was found in {len(found)} streams of {len(streams)}")
            expect(why_not_tls(found[0].data), "plain traffic was taken for TLS")


@e2e("a capture of TLS 1.3 shows no canary and nothing but TLS records")
def sees_no_canary_in_tls(_binaries):
    with Lab(("c", "s")) as lab:
        make_pair(lab.directory, 0)
        lab["s"].start("tls", ["openssl", "s_server", "-accept", "9443", "-quiet", "-naccept", "1",
                               "-cert", lab.path("server.pem"), "-key", lab.path("server.pem")])
        wait_until(lambda: lab["s"].is_listening(9443), 5, "openssl listening")
        capture = Capture(lab["c"], "eth0")
        _send(lab, f"(echo '{CANARY}'; sleep 0.5) | openssl s_client -quiet -tls1_3 "
                   f"-CAfile {lab.path('ca.pem')} -connect {lab['s'].ipv4}:9443")
        streams = capture.stop()
        expect(len(streams) == 2, f"{len(streams)} streams instead of 2")
        for stream in streams:
            expect(stream.data and not stream.missing, f"{stream.source} is not whole")
            expect(CANARY.encode() not in stream.data, "the canary is readable in TLS")
            expect(why_not_tls(stream.data) is None, why_not_tls(stream.data))
        expect(sum(is_tls13_server(stream.data) for stream in streams) == 1,
               "no side answered with TLS 1.3")


@e2e("every stranger gets through without proxies, so that a failure with them is ours")
def strangers_talk(_binaries):
    with Lab(("c", "s")) as lab:
        client, server = lab["c"], lab["s"]
        start_http_server(server, server.ipv4, 8000)
        start_tcp_server(server, server.ipv4, 9000, "half-close")
        start_tcp_server(server, server.ipv4, 9025, "greets")
        start_grpc_server(server, server.ipv4, 9090)
        done = client.run(["curl", "-sS", "--data-binary", "abc", f"http://{server.ipv4}:8000/x"])
        expect(done.stdout == "abc", f"curl: {done.stdout} {done.stderr}")
        for done in (tcp_client(client, server.ipv4, 9000, "half-close"),
                     tcp_client(client, server.ipv4, 9025, "greets"),
                     grpc_client(client, server.ipv4, 9090, "unary", "hello"),
                     grpc_client(client, server.ipv4, 9090, "chat", "50", "300")):
            expect(done.returncode == 0, f"{done.args[-4:]}: {done.stdout}{done.stderr}")
        missing = grpc_client(client, server.ipv4, 9090, "unary", "missing")
        expect("status 5:" in missing.stderr, f"unexpected: {missing.stdout}{missing.stderr}")

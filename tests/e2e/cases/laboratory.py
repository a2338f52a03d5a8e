# SPDX-License-Identifier: Apache-2.0
"""The laboratory itself, without our binaries: what its captures would catch, and what not."""

import struct
import sys
import time

from harness import e2e, expect
from lab.applications import (grpc_client, start_grpc_server, start_http_server,
                              start_responder, start_tcp_server, tcp_client)
from lab.capture import Capture, containing, reassemble
from lab.certificates import make_pair
from lab.load import Load
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


def _segment(sequence, payload=b"", flags=0x10):
    """An Ethernet frame with a TCP segment from 10.0.0.1:1000 to 10.0.0.2:2000."""
    tcp = struct.pack(">HHIIBBHHH", 1000, 2000, sequence % 2**32, 0, 5 << 4, flags, 0, 0, 0)
    length = 20 + len(tcp) + len(payload)
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, length, 0, 0, 64, 6, 0, bytes([10, 0, 0, 1]),
                     bytes([10, 0, 0, 2]))
    return b"\0" * 12 + b"\x08\x00" + ip + tcp + payload


@e2e("reassembly follows sequence numbers: out of order, twice, overlapping, and past 2^32")
def reassembles_by_sequence(_binaries):
    start, syn = 2**32 - 4, 0x02
    frames = [_segment(start - 1, flags=syn), _segment(start + 6, b"ghij"),
              _segment(start, b"abcdef"), _segment(start, b"abcdef"),
              _segment(start + 2, b"cdefgh"), _segment(start - 1, b"\0")]  # last a keep-alive probe
    streams = reassemble(frames)
    expect(len(streams) == 1 and streams[0].data == b"abcdefghij", f"{streams}")
    expect(streams[0].missing == 0, f"{streams[0].missing} bytes seem to be missing")
    holed = reassemble([*frames[:2], _segment(5000, flags=syn), _segment(5001, b"new")])
    expect([stream.data for stream in holed] == [b"ghij", b"new"], f"{holed}")
    expect(holed[0].missing == 6, f"{holed[0].missing} bytes seem to be missing, not 6")


@e2e("the load of the fault tests counts every request that fails, and none when none does")
def load_counts_failures(binaries):
    with Lab(("c", "s")) as lab:
        address = lab["s"].ipv4
        server = start_responder(lab["s"], binaries, address, 8000)
        report = Load(lab["c"], binaries, address, 8000, 1).report()
        expect(report["failed"] == 0 and report["completed"] == 200, f"undisturbed: {report}")
        load = Load(lab["c"], binaries, address, 8000, 3)
        time.sleep(1)
        server.kill()
        time.sleep(0.5)
        start_responder(lab["s"], binaries, address, 8000)
        report = load.report()
        expect(report["failed"] > 0, f"half a second without a server: {report}")
        expect(report["completed"] > 200, f"it never came back: {report}")

# SPDX-License-Identifier: Apache-2.0
"""Story S13: long streams live. All timers of the proxies are at their defaults."""

import re

from harness import e2e, expect
from lab.applications import grpc_client, start_grpc_server
from lab.mesh import GRPC_PORT, Mesh


def _slow_stream(binaries, every_seconds, length_seconds):
    with Mesh(binaries).start() as mesh:
        address = mesh["s"].ipv4
        start_grpc_server(mesh["s"], address, GRPC_PORT)
        done = grpc_client(mesh["c"], address, GRPC_PORT, "chat", str(every_seconds * 1000),
                           str(length_seconds * 1000), seconds=length_seconds + 30)
        expect(done.returncode == 0, f"{done.stdout}{done.stderr}")
        expected = (length_seconds - 1) // every_seconds + 1
        expect(f"chat: {expected} messages" in done.stdout, f"not {expected}: {done.stdout}")


@e2e("a stream whose 4 MB of answers nobody reads for 10 s loses none of them, and does not keep"
     " the others of its connection waiting meanwhile", seconds=60)
def unread_stream_stalls_no_other(binaries):
    with Mesh(binaries).start() as mesh:
        address = mesh["s"].ipv4
        start_grpc_server(mesh["s"], address, GRPC_PORT)
        done = grpc_client(mesh["c"], address, GRPC_PORT, "stalled", "10000", seconds=40)
        said = re.search(r"stalled: (\d+) ticks, slowest (\d+) ms; 64 messages", done.stdout)
        expect(done.returncode == 0 and said, f"{done.stdout}{done.stderr}")
        expect(int(said[1]) >= 50 and int(said[2]) < 2000, said[0])


@e2e("a bidirectional gRPC stream with a message every 20 s lives for 65 s untouched",
     seconds=120, waits=True, runs="short")
def slow_stream_lives_65_seconds(binaries):
    _slow_stream(binaries, 20, 65)


@e2e("a bidirectional gRPC stream with a message every 20 s lives for 3 minutes untouched",
     seconds=240, runs="long")
def slow_stream_lives_3_minutes(binaries):
    _slow_stream(binaries, 20, 190)

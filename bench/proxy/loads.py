# SPDX-License-Identifier: Apache-2.0
"""The work a target is given: what its backend answers, what its clients ask, what is read off."""

from dataclasses import dataclass

import measure
from measure import LOAD_CORE

MIB = 1 << 20

# What a target's proxies are told to carry.
HTTP1, GRPC, OPAQUE = "HTTP/1.1", "gRPC", "opaque TCP"


def _milliseconds(seconds):
    return f"{int(seconds * 1000)}ms"


@dataclass(frozen=True)
class Load:
    """Requests over kept connections, in a closed loop unless there is a rate."""

    connections: int
    protocol: str = HTTP1
    body_bytes: int = 1024
    rate: int = 0
    endpoints: int = 1  # addresses of the server, for proxies to balance over

    def backend_flags(self):
        return ["--bytes", self.body_bytes]

    def load_flags(self):
        return ["--connections", self.connections, "--rate", self.rate,
                "--expect-bytes", self.body_bytes]

    def command(self, target, options):
        address = target.load_address()
        return target.lab["c"].command(
            [f"{target.tools}/pace", "--address", address, "--host", address,
             *self.load_flags(), "--warmup", _milliseconds(options.warmup),
             "--duration", _milliseconds(options.seconds), "--json", "--announce"],
            core=LOAD_CORE)

    def measured_pids(self, target):
        return target.pids()

    def run(self, target, options):
        window = measure.measure(self.command(target, options), self.measured_pids(target),
                                 target.our_pids(), options.seconds)
        target.check()
        return window


@dataclass(frozen=True)
class GrpcLoad(Load):
    """Calls of one message each way; `connections` times `streams` of them at once."""

    protocol: str = GRPC
    streams: int = 1
    request_bytes: int = 128

    def backend_flags(self):
        return ["--bytes", self.body_bytes, "--grpc", "--request-bytes", self.request_bytes]

    def load_flags(self):
        return ["--grpc", "--connections", self.connections, "--streams", self.streams,
                "--request-bytes", self.request_bytes, "--expect-bytes", self.body_bytes]

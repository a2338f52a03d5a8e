# SPDX-License-Identifier: Apache-2.0
"""The work a target is given: what its backend answers, what its clients ask, what is read off."""

import dataclasses
from dataclasses import dataclass
from types import SimpleNamespace

import measure
from lab.netns import PROXY_UID
from measure import LOAD_CORE, all_descendants

MIB = 1 << 20

# What a target's proxies are told to carry.
HTTP1, GRPC, OPAQUE = "HTTP/1.1", "gRPC", "opaque TCP"

# Who takes so long in the middle cannot keep up with the rate.
_OVERLOADED_US = 50_000


def window_flags(warmup, seconds):
    """Of all load generators: the window, and that it is told."""
    return ["--warmup", f"{int(warmup * 1000)}ms", "--duration", f"{int(seconds * 1000)}ms",
            "--json", "--announce"]


@dataclass(frozen=True)
class Load:
    """Requests over kept connections, in a closed loop unless there is a rate."""

    connections: int
    protocol: str = HTTP1
    body_bytes: int = 1024
    rate: int = 0
    endpoints: int = 1  # addresses of the server, for proxies to balance over
    length: float = 1.0  # windows this many times as long as others'
    enough_rounds: int = 1000  # more of them would tell no more
    lives_alone: bool = False  # each target is started for its window, and ended after it

    def backend_flags(self):
        return ["--bytes", self.body_bytes]

    def load_flags(self):
        return ["--connections", self.connections, "--rate", self.rate,
                "--expect-bytes", self.body_bytes]

    def command(self, target, options):
        address = target.load_address()
        return target.lab["c"].command(
            [f"{target.tools}/pace", "--address", address, "--host", address,
             *self.load_flags(), *window_flags(options.warmup, options.seconds)], core=LOAD_CORE)

    def prepare(self, target):
        """Before the first window: connections between proxies are made, by a few requests and
        then by many. A few first, as ours, like Linkerd's, has a queue of 100 for those who wait
        while a service has no endpoint yet, and refuses what goes beyond."""
        for connections, seconds in ((min(self.connections, 4), 0.1), (self.connections, 0.5)):
            first = dataclasses.replace(self, connections=connections, rate=0, length=1.0)
            Load.run(first, target, SimpleNamespace(warmup=0.1, seconds=seconds))

    def run(self, target, options):
        window = measure.measure(self.command(target, options), target.pids(), target.our_pids(),
                                 options.seconds)
        target.check()
        return window

    def finish_round(self, windows):
        """Adds what can be told of a round's windows, {target name: Window}, only together."""


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


@dataclass(frozen=True)
class PacedLoad(Load):
    """In an open loop. What a target adds to a latency is what it takes more than the way without a
    proxy in the same round; a percentile of one is taken from the same percentile of the other."""

    length: float = 1.5  # p99.9 is made of few

    def run(self, target, options):
        window = super().run(target, SimpleNamespace(
            warmup=options.warmup, seconds=options.seconds * self.length))
        if window.figures["p50_us"] > _OVERLOADED_US:
            # Most of what was due inside the window was served after it, so this is no quotient.
            window.figures.pop("cpu_us", None)
        return window

    def finish_round(self, windows):
        direct = windows.get("direct")
        for name, window in windows.items():
            if direct is None or name == "direct":
                continue
            for figure in ("p50_us", "p99_us", "p999_us"):
                window.figures[f"added_{figure}"] = (
                    window.figures[figure] - direct.figures[figure])


def shake_command(load, target, flags):
    """As the proxies' user, whose connections are not redirected on their way out."""
    address = target.load_address()
    client = target.tls_client()
    return target.lab["c"].command(
        [target.lab.install(f"{target.tools}/shake"), "--address", address, "--host", address,
         "--certificate", client.certificate, "--authority", client.authority,
         "--server-name", client.server_name, "--expect-bytes", load.body_bytes, *flags],
        uid=PROXY_UID, core=LOAD_CORE)


@dataclass(frozen=True)
class HandshakeLoad(Load):
    """A connection of mutual TLS for each request, straight to the inbound proxy; what is measured
    is that proxy alone."""

    connections: int = 16

    def run(self, target, options):
        command = shake_command(self, target, ["--connections", self.connections,
                                               *window_flags(options.warmup, options.seconds)])
        window = measure.measure(command, all_descendants([target.inbound]), target.our_pids(),
                                 options.seconds)
        window.figures["per_core_second"] = 1e6 / window.figures["cpu_us"]
        return window

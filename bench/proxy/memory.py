# SPDX-License-Identifier: Apache-2.0
"""Memory of one proxy: idle, for each idle connection, and after load.

What counts is the proportional set size: pages that are shared with other programs count by their
part. Each target lives alone while it is measured, so that two of one kind do not share. The
kernel's own memory for sockets is not in it; it is the same for all.
"""

import json
import subprocess
import time
from dataclasses import dataclass

from lab.process import LabError
from loads import Load, shake_command, window_flags
from measure import LOAD_CORE, Window, all_descendants

# How many idle connections are counted, over so few that are there before: the first ones pay for
# what all of them need.
_MANY, _FEW = 1000, 10
_SETTLE_SECONDS = 1.0


def pss_bytes(pids):
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as rollup:
            total += sum(int(line.split()[1]) * 1024 for line in rollup if line.startswith("Pss:"))
    return total


class Holding:
    """A load generator that has done its work and holds its connections open."""

    def __init__(self, command):
        self.process = subprocess.Popen([*command, "--hold"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        for word in ("began", "ended"):
            if self.process.stdout.readline() != f"{word}\n":
                raise LabError("the load generator broke off; see above")
        self.report = json.loads(self.process.stdout.readline())
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()


def _settled(target_pids):
    time.sleep(_SETTLE_SECONDS)
    return pss_bytes(target_pids)


@dataclass(frozen=True)
class MemoryLoad(Load):
    """Connections of HTTP/1.1 that had an answer and idle now; then, of a proxy that was started
    anew and has seen none of them, a closed loop over 256."""

    connections: int = 256
    lives_alone: bool = True
    length: float = 6.0  # what all the waiting comes to, in windows
    enough_rounds: int = 2

    def idle_command(self, target, count):
        """Makes connections that have each had an answer."""
        address = target.load_address()
        return target.lab["c"].command(
            [f"{target.tools}/pace", "--address", address, "--host", address, "--connections",
             count, "--rate", 2000, *window_flags(0.2, 1.0)], core=LOAD_CORE)

    def prepare(self, target):
        """Nothing: idle is what it is before anything else."""

    def measured_pids(self, target):
        return target.pids()

    def run(self, target, options):
        pids = self.measured_pids(target)
        figures = {"idle_mb": _settled(pids) / 1e6}
        failed, held = 0, {}
        for count in (_FEW, _MANY):
            with Holding(self.idle_command(target, count)) as load:
                held[count] = _settled(pids)
                # One that was closed would be counted as one that costs nothing.
                failed += load.report["failed"] + load.report["reconnects"]
        figures["connection_kb"] = (held[_MANY] - held[_FEW]) / (_MANY - _FEW) / 1e3
        target.close()
        target.start()
        super().prepare(target)
        failed += super().run(target, options).failed
        figures["after_mb"] = _settled(self.measured_pids(target)) / 1e6
        return Window(figures, failed)


@dataclass(frozen=True)
class TlsMemoryLoad(MemoryLoad):
    """Connections of mutual TLS, to the inbound proxy of a pair, which alone is measured."""

    def idle_command(self, target, count):
        return shake_command(self, target, ["--connections", 16, "--keep", count, "--timeout",
                                            "20s", *window_flags(0, 0.5)])

    def measured_pids(self, target):
        return all_descendants([target.inbound])

# SPDX-License-Identifier: Apache-2.0
"""CPU of processes, CPU of strangers, and one measured window of load."""

import json
import os
import statistics
import subprocess
import time
from dataclasses import dataclass, field

from lab.process import LabError, descendants

LOAD_CORE = 0
PROXY_CORE = 1
# A window in which others used more than this share of a core is disturbed.
STRANGERS_LIMIT = 0.10
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def cpu_ns(pids):
    """Nanoseconds on a core, user and system, of all threads of these processes."""
    total = 0
    for pid in pids:
        try:
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as stat:
                    total += int(stat.read().split()[0])
        except OSError:
            continue
    return total


def machine_busy_ns():
    """Nanoseconds in which any core was not idle, stolen time included, from any beginning.

    From the time that was idle, which the kernel measures. What /proc/stat says of the busy time it
    samples at ticks, and an evenly paced load is at every tick either busy or idle.
    """
    with open("/proc/stat", encoding="ascii") as stat:
        idle, iowait = map(int, stat.readline().split()[4:6])
    passed = time.monotonic_ns() * os.cpu_count()
    return passed - (idle + iowait) * 1_000_000_000 // _TICKS_PER_SECOND


@dataclass
class Window:
    """What one target did in one round."""

    figures: dict  # by name, as in rows.py
    failed: int = 0
    strangers: float = 0.0  # share of one core
    failures: dict = field(default_factory=dict)  # by kind, what `failed` is made of

    def is_disturbed(self):
        return self.strangers > STRANGERS_LIMIT


def measure(load_command, target_pids, our_pids, seconds):
    """Runs the load once. `our_pids` are all processes that are not strangers besides the load and
    this one."""
    load = subprocess.Popen(load_command, stdout=subprocess.PIPE, text=True)
    try:
        ours = [*our_pids, load.pid, os.getpid()]
        if load.stdout.readline() != "began\n":
            raise LabError("the load generator never began; see above")
        at_start = cpu_ns(target_pids), machine_busy_ns() - cpu_ns(ours)
        if load.stdout.readline() != "ended\n":
            raise LabError("the load generator broke off; see above")
        at_end = cpu_ns(target_pids), machine_busy_ns() - cpu_ns(ours)
        report = json.loads(load.stdout.readline())
    finally:
        load.kill()
        load.wait()
    if report["completed"] == 0:
        raise LabError(f"no request was answered: {report['failures']}")
    figures = {"per_second": report["per_second"]}
    figures.update({f"{name}_us": value for name, value in report["latency_us"].items()})
    if target_pids:
        figures["cpu_us"] = (at_end[0] - at_start[0]) / 1000 / report["completed"]
    return Window(figures, report["failed"],
                  max(0.0, (at_end[1] - at_start[1]) / 1e9 / seconds), report["failures"])


def interleave(targets, rounds, most_rounds, run_round, say, keep_disturbed=False):
    """Rounds of every target until `rounds` of them count.

    A round with a disturbed window counts for no target, since ratios are taken inside a round,
    unless `keep_disturbed`. Returns (the rounds that count, how many were dropped); a round is
    what run_round(targets) returns: {target name: Window}. There are fewer than `rounds` when
    `most_rounds` was reached.
    """
    counted, dropped = [], 0
    while len(counted) < rounds and len(counted) + dropped < most_rounds:
        began = time.monotonic()
        windows = run_round(targets)
        if keep_disturbed or not any(window.is_disturbed() for window in windows.values()):
            counted.append(windows)
            say(f"  round {len(counted)} of {rounds}, {time.monotonic() - began:.0f} s")
        else:
            dropped += 1
            strangers = max(window.strangers for window in windows.values())
            say(f"  round dropped: strangers used {strangers:.0%} of a core")
    return counted, dropped


def median(rounds, name, figure):
    """None where the target has no such figure."""
    values = [windows[name].figures[figure] for windows in rounds
              if figure in windows[name].figures]
    return statistics.median(values) if values else None


def median_ratio(rounds, name, other, figure):
    """Of ratios that are taken inside a round; None where one of the two has no such figure."""
    pairs = [(windows[name].figures.get(figure), windows[other].figures.get(figure))
             for windows in rounds]
    ratios = [ours / theirs for ours, theirs in pairs
              if ours is not None and theirs is not None and theirs > 0]
    return statistics.median(ratios) if ratios else None


def all_descendants(processes):
    return [pid for process in processes for pid in descendants(process.pid)]

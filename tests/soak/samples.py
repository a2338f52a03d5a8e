# SPDX-License-Identifier: Apache-2.0
"""Reading what a process holds, and telling growth from noise."""

import itertools
import os
import statistics

_PEERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers")


def peer(name):
    return os.path.join(_PEERS, name)


def proportional_bytes(pid):
    """PSS: pages that others map too count in parts."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as rollup:
        for line in rollup:
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    raise ValueError("no Pss in smaps_rollup")


def open_files(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def slope(points):
    """The median of the slopes between any two of [(x, y)] (Theil and Sen): what a burst or a
    pause does at either end does not tip it."""
    return statistics.median((later[1] - earlier[1]) / (later[0] - earlier[0])
                             for earlier, later in itertools.combinations(points, 2))

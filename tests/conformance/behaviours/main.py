#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the behaviours and prints a line of JSON for each: suites/behaviours.py reads them.

    build/conformance/python/bin/python tests/conformance/behaviours/main.py BIN [GROUP [WORD]]
"""

import json
import os
import signal
import sys

_CONFORMANCE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [_CONFORMANCE, os.path.join(os.path.dirname(_CONFORMANCE), "e2e")]
sys.dont_write_bytecode = True

from behaviours.frame import run_group  # noqa: E402

GROUPS = ("client_policy", "direct", "discovery", "discovery_streams", "gateway", "identity",
          "orig_proto", "profile_dst_overrides", "profiles", "shutdown", "tap", "telemetry",
          "telemetry_tcp", "transparency", "transparency_tcp", "transparency_upgrades")


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    binaries, *words = sys.argv[1:]
    group, word = (words + ["", ""])[:2]
    for each in GROUPS:
        if group in each:
            for outcome in run_group(each, binaries, word):
                print(json.dumps({"group": outcome.case.group, "case": outcome.case.name,
                                  "behaviour": outcome.case.behaviour, "reason": outcome.reason,
                                  "seconds": round(outcome.seconds, 1)}), flush=True)


if __name__ == "__main__":
    main()

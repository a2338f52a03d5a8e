# SPDX-License-Identifier: Apache-2.0
"""What Linkerd's own tests ask of its proxy, of ours, under a control plane that tests script."""

import json
import os
import subprocess

from programs import python

_MAIN = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                     "behaviours", "main.py")
_SECONDS = 1500
_EXCUSED = ("telemetry: logs.json", "telemetry: pprof")
_HEAD = """<!-- SPDX-License-Identifier: Apache-2.0 -->
# Behaviours

What Linkerd's integration tests ask of its proxy, asked of ours from outside: the released binary
in network namespaces, under a control plane that each case scripts
([tests/conformance/behaviours](../../tests/conformance/behaviours)). Where ours differs on purpose
([decision 5](../decisions/0005-where-the-proxy-differs-from-linkerds.md)), the case is about ours
and says so.

This table is what a run writes, not what someone typed:

    tests/conformance/run behaviours --table docs/internals/behaviours.md

| behaviour | case | pass |
|---|---|---|
"""


def run(binaries, ticks, table=None):
    interpreter = python()
    if interpreter is None:
        ticks.missing("behaviours", "Python with protobuf and h2")
        return
    done = subprocess.run([interpreter, _MAIN, os.path.abspath(binaries)], stdout=subprocess.PIPE,
                          text=True, timeout=_SECONDS, check=False)
    rows, held = [], {}
    for each in map(json.loads, done.stdout.splitlines()):
        if each["reason"]:
            ticks.fail(f"{each['group']}: {each['case']}", each["reason"])
        told = "no" if each["reason"] else "yes"
        held[each["group"]] = held.get(each["group"], 0) + (told == "yes")
        rows.append(f"| {each['group']}: {each['behaviour']} | {each['case']} | {told} |")
    for group, count in held.items():
        ticks.group(f"behaviours {group}", count)
    for name in _EXCUSED:
        rows.append(f"| {name} | none: {ticks.excuses(f'behaviours {name}')} | excused |")
    if done.returncode != 0:
        ticks.fail("behaviours", f"{_MAIN} ended with {done.returncode}")
    if table:
        with open(table, "w", encoding="utf-8") as file:
            file.write(_HEAD + "\n".join(rows) + "\n")

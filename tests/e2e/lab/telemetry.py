# SPDX-License-Identifier: Apache-2.0
"""Receivers of telemetry beside proxies, and sums over what they got."""

import json
import os

from lab.applications import ROOT, node, peer, start_listener
from lab.netns import PROXY_UID

SINK_PORT = 9400


class Sink:
    """Of one proxy, on loopback of its namespace. What it has had outlives stop() and start()."""

    def __init__(self, mesh, name):
        self._space = mesh[mesh.workloads[name].member]
        self._name = f"sink-{name}"
        self._known = mesh.path(f"{self._name}.jsonl")
        self.ledgers = mesh.path(f"ledgers-{name}")
        os.makedirs(self.ledgers)
        os.chown(self.ledgers, PROXY_UID, PROXY_UID)
        self._process = None
        self._environment = {
            "SEINE_PROXY_TELEMETRY_SVC_ADDR": f"127.0.0.1:{SINK_PORT}",
            "SEINE_PROXY_TELEMETRY_INTERVAL": "1s",
            "SEINE_PROXY_LEDGER_DIR": self.ledgers,
            "SEINE_PROXY_CLUSTER": "lab",
            "SEINE_PROXY_WORKLOAD": f"demo/deployment/{name}",
            "SEINE_PROXY_POD": f"{name}-0",
        }

    @property
    def environment(self):
        """What a proxy needs to know to report here."""
        return dict(self._environment)

    def start(self):
        self._process = start_listener(self._space, self._name, SINK_PORT, [
            node(), peer("telemetry_sink.js"), f"127.0.0.1:{SINK_PORT}",
            os.path.join(ROOT, "proto"), self._known])
        return self

    def stop(self):
        """What it printed becomes what the next life knows."""
        self._process.kill()
        with open(self._known, "a", encoding="utf-8") as known:
            known.write(self._process.log())

    def lines(self):
        """What arrived, each bucket once."""
        text = self._process.log()
        if os.path.exists(self._known):
            with open(self._known, encoding="utf-8") as known:
                text = known.read() + text
        lines = [json.loads(line) for line in text.splitlines()
                 if line.startswith("{") and line.endswith("}")]
        return [line for line in lines if not line["duplicate"]]

    def ledgers_left(self):
        return sorted(name for name in os.listdir(self.ledgers) if name.startswith("ledger."))

    def rows(self, kind="http", boot=None, **values):
        """Rows of all buckets with these values; rows beyond the cap are in it too."""
        rows = []
        for line in self.lines():
            if boot is None or line["who"]["boot"] == boot:
                rows += line["bucket"][kind] + line["bucket"][f"{kind}_overflow"]
        return [row for row in rows if all(row[key] == value for key, value in values.items())]

    def count(self, **values):
        return sum(row["count"] for row in self.rows(**values))

    def boots(self):
        """In the order in which they were heard of."""
        return list(dict.fromkeys(line["who"]["boot"] for line in self.lines()))

    def gaps(self):
        """Sequences of a life that are missing before its last."""
        missing = []
        for boot in self.boots():
            had = {line["bucket"]["sequence"] for line in self.lines()
                   if line["who"]["boot"] == boot}
            missing += sorted(set(range(1, max(had) + 1)) - had)
        return missing

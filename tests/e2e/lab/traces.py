# SPDX-License-Identifier: Apache-2.0
"""Collectors of traces beside proxies, and what they got."""

import json
import os

from lab.applications import ROOT, node, peer, start_listener
from lab.process import wait_until

COLLECTOR_PORT = 4317


class Collector:
    """Of one proxy, on loopback of its namespace."""

    def __init__(self, mesh, name):
        self._space = mesh[mesh.workloads[name].member]
        self._name = f"collector-{name}"
        self._process = None
        self.environment = {
            "TRACE_COLLECTOR_SVC_ADDR": f"127.0.0.1:{COLLECTOR_PORT}",
            "TRACE_SERVICE_NAME": name,
            "SEINE_PROXY_TRACE_INTERVAL": "200ms",
        }

    def start(self):
        self._process = start_listener(self._space, self._name, COLLECTOR_PORT, [
            node(), peer("trace_sink.js"), f"127.0.0.1:{COLLECTOR_PORT}",
            os.path.join(ROOT, "proto")])
        return self

    def stop(self):
        self._process.kill()

    def spans(self, trace=None):
        lines = [json.loads(line) for line in self._process.log().splitlines()
                 if line.startswith("{") and line.endswith("}")]
        return [line for line in lines if trace in (None, line["traceId"])]

    def wait_for(self, count, trace, seconds=15):
        """The spans of a trace, once there are `count`."""
        def found():
            spans = self.spans(trace)
            return spans if len(spans) >= count else None
        return wait_until(found, seconds, f"{count} spans of {trace} at {self._name}")

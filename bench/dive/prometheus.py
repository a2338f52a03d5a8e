# SPDX-License-Identifier: Apache-2.0
"""Prometheus with the same counts, as scraped each minute, and rules evaluated ahead."""

import os
import shutil
import socket
import subprocess
import time
from urllib.parse import urlencode

from asking import Asker
from lab.process import LabError, Process, wait_until

_READY_SECONDS = 120
_QUIET_SECONDS = 1800
# The form that SLO generators give to rules: a rate over five minutes for each service.
_RULES = """groups:
- name: objectives
  interval: 1m
  rules:
  - record: service:requests:rate5m
    expr: sum by (dst_service) (rate(requests_total{{{all}}}[5m]))
  - record: service:failures:rate5m
    expr: sum by (dst_service) (rate(requests_total{{{bad}}}[5m]))
"""


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _run(args, what):
    done = subprocess.run(args, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LabError(f"{what}: {done.stderr or done.stdout}")


class Prometheus:
    name = "Prometheus"

    def __init__(self, binaries, folder, plan):
        self._binaries = binaries
        self._folder = folder
        self._data = os.path.join(folder, "data")
        self._plan = plan
        self._process = None
        self._asker = None
        self._port = 0
        os.makedirs(self._data)

    @staticmethod
    def missing():
        found = shutil.which("prometheus") and shutil.which("promtool")
        return None if found else "prometheus is not installed (tools/bootstrap bench)"

    def fill(self):
        """How many samples there are, and seconds that it took."""
        text = os.path.join(self._folder, "text")
        begun, samples = time.monotonic(), 0
        with subprocess.Popen(
                [os.path.join(self._binaries, "divefill"), "--openmetrics", text,
                 *self._plan.flags()],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as divefill:
            for line in divefill.stdout:
                samples += int(line)
                _run(["promtool", "tsdb", "create-blocks-from", "openmetrics", "-q", text,
                      self._data], "a block was not written")
                divefill.stdin.write("\n")
                divefill.stdin.flush()
        if divefill.returncode != 0:
            raise LabError("divefill failed; see above")
        os.remove(text)
        return samples, time.monotonic() - begun

    def start(self):
        config = os.path.join(self._folder, "prometheus.yml")
        with open(config, "w", encoding="utf-8") as file:
            file.write("global: {}\n")
        self._port = _free_port()
        self._process = Process(
            "prometheus",
            ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={self._data}",
             f"--web.listen-address=127.0.0.1:{self._port}", "--storage.tsdb.retention.time=30d"],
            os.path.join(self._folder, "log"))

        def ready():
            if not self._process.is_running():
                raise LabError(f"prometheus ended: {self._process.tail()}")
            return "Server is ready" in self._process.log()
        wait_until(ready, _READY_SECONDS, "prometheus")
        self._asker = Asker(self._port, self._process.pid)

    def settle(self):
        """Until it has put its blocks together, as it would have on the way."""
        before, since, begun = None, time.monotonic(), time.monotonic()
        while time.monotonic() - begun < _QUIET_SECONDS:
            now = sorted(os.listdir(self._data))
            if now != before or any("tmp" in each for each in now):
                before, since = now, time.monotonic()
            elif time.monotonic() - since > 75:
                return
            time.sleep(1)
        raise LabError("prometheus never stopped putting blocks together")

    def evaluate_rules(self, services):
        """Ahead, for these. Seconds that it took."""
        rules = os.path.join(self._folder, "rules.yml")
        whose = 'direction="outbound",dst_service=~"' + "|".join(services) + '"'
        with open(rules, "w", encoding="utf-8") as file:
            file.write(_RULES.format(all=whose, bad=whose + ',status_code=~"5.."'))
        begun = time.monotonic()
        _run(["promtool", "tsdb", "create-blocks-from", "rules", "-q",
              f"--start={self._plan.begin}", f"--end={self._plan.end}",
              f"--output-dir={self._data}", "--eval-interval=1m",
              f"--url=http://127.0.0.1:{self._port}", rules], "rules were not evaluated")
        return time.monotonic() - begun

    def query(self, text, at):
        answer = self._asker.ask("/api/v1/query?" + urlencode({"query": text, "time": at}))
        return answer, answer.value["data"]["result"]

    def raw_objective(self, service, at):
        """By status: what an objective needs."""
        return self.query('sum by (status_code) (increase(requests_total{direction="outbound",'
                          f'dst_namespace="shop",dst_service="{service}"}}[7d]))', at)

    def recorded_objective(self, service, at):
        return self.query(f'sum_over_time(service:failures:rate5m{{dst_service="{service}"}}[7d])'
                          f' / on() sum_over_time(service:requests:rate5m{{dst_service="{service}"'
                          '}[7d])', at)

    def recorded_requests(self, service, at):
        return self.query(
            f'60 * sum_over_time(service:requests:rate5m{{dst_service="{service}"}}[7d])', at)

    def dashboard(self, at):
        return self.query('sum by (dst_service, status_code) (increase(requests_total{'
                          'direction="outbound"}[1h]))', at)

    def rule_once(self, at):
        """One evaluation of one rule for all services, as is due each minute."""
        return self.query('sum by (dst_service) (rate(requests_total{direction="outbound"}[5m]))',
                          at)

    def octets(self):
        total = 0
        for folder, _, files in os.walk(self._data):
            if "wal" in folder or "chunks_head" in folder:
                continue
            total += sum(os.path.getsize(os.path.join(folder, each)) for each in files)
        return total

    def resident(self):
        with open(f"/proc/{self._process.pid}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith("VmRSS"):
                    return int(line.split()[1]) * 1024
        return 0

    def close(self):
        if self._asker:
            self._asker.close()
        if self._process:
            self._process.stop()

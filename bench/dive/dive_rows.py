# SPDX-License-Identifier: Apache-2.0
"""What both are asked, in rounds in which each question is asked of everyone in turn."""

import os
import statistics
import subprocess
import time
from collections import defaultdict

from measure import STRANGERS_LIMIT

# A dashboard is kept for two seconds and objectives for ten, so that a page that is open in many
# browsers costs once. What is measured is the first who asks.
_OBJECTIVES_KEPT_SECONDS = 10


class Lab:
    def __init__(self, plan, dive, prometheus, options, say):
        self._plan, self._dive, self._prometheus = plan, dive, prometheus
        self._options, self._say = options, say
        self.answers = defaultdict(list)  # by question, one a round: the median of its services
        self.differences = []             # (service, truth, Dive, Prometheus by queries)
        self.strangers = []
        self.disturbed = 0
        self.rounds = 0
        self.objectives_in_all = 0
        self.resident = {}

    def run(self):
        """A round that strangers disturbed is not counted, unless they may; fails if too many."""
        chosen = self._plan.chosen(self._options.objectives)
        self._dive.promise(chosen)
        self._round(chosen, {})  # unmeasured
        most = 4 * self._options.rounds
        for _ in range(most):
            if self.rounds == self._options.rounds:
                break
            found = {}
            strangers = self._round(chosen, found)
            if strangers > STRANGERS_LIMIT:
                self.disturbed += 1
                if not self._options.keep_disturbed:
                    self._say(f"  round dropped: strangers used {strangers:.0%} of a core")
                    continue
            self.rounds += 1
            self.strangers.append(strangers)
            for question, answer in found.items():
                self.answers[question].append(answer)
        self._ask_with_all_objectives()
        self._compare(chosen)
        self.resident["Dive"] = self._dive.resident()
        if self._prometheus:
            self.resident["Prometheus"] = self._prometheus.resident()

    def _round(self, chosen, found):
        """Everything once, of some services each; what strangers took, as a share of a core."""
        # Objectives that a page reads are to be read anew.
        time.sleep(_OBJECTIVES_KEPT_SECONDS + 0.5)
        now = int(time.time())
        asked = defaultdict(list)
        asked["dashboard"].append(self._dive.dashboard())
        if self._prometheus:
            asked["dashboard, query"].append(self._prometheus.dashboard(now)[0])
            asked["rule, once"].append(self._prometheus.rule_once(now)[0])
        for service in chosen[:10]:
            asked["objective"].append(self._dive.objective(service))
            asked["service"].append(self._dive.service(service))
            asked["charts"].append(self._dive.charts(service))
            asked["evidence"].append(self._dive.evidence(service))
            if not self._prometheus:
                continue
            asked["objective, query"].append(self._prometheus.raw_objective(service, now)[0])
            asked["objective, recorded"].append(
                self._prometheus.recorded_objective(service, now)[0])
        for question, answers in asked.items():
            found[question] = (statistics.median(each.wall_ms for each in answers),
                               statistics.median(each.cpu_ms for each in answers))
        everyone = [each for answers in asked.values() for each in answers]
        wall = sum(each.wall_ms for each in everyone)
        return sum(each.strangers * each.wall_ms for each in everyone) / wall

    def _ask_with_all_objectives(self):
        """The dashboard where each service has an objective, which it reads all of."""
        everyone = [self._plan.name(each) for each in range(self._plan.services)]
        self._dive.promise(everyone)
        self.objectives_in_all = len(everyone)
        for _ in range(self._options.rounds):
            time.sleep(_OBJECTIVES_KEPT_SECONDS + 0.5)
            answer = self._dive.dashboard()
            self.answers["dashboard, all objectives"].append((answer.wall_ms, answer.cpu_ms))
            time.sleep(2.5)
            answer = self._dive.dashboard()
            self.answers["dashboard, objectives kept"].append((answer.wall_ms, answer.cpu_ms))

    def _truth(self, service, begin, end):
        done = subprocess.run(
            [os.path.join(self._options.build, "bin", "divefill"), "--count",
             str(int(service[1:])), "--services", str(self._plan.services),
             "--from", str(begin), "--to", str(end)],
            capture_output=True, text=True, check=True)
        good, bad = done.stdout.split()
        return int(good), int(bad)

    def _compare(self, chosen):
        """Whole minutes, so that all count the same time: right after one has ended."""
        for service in chosen[:10]:
            time.sleep((60.5 - time.time() % 60) % 60 if time.time() % 60 > 8 else 0)
            answer = self._dive.objective(service).value["objective"]
            end = answer["to_ms"] // 60_000 * 60
            begin = max(answer["from_ms"] // 60_000 * 60, self._plan.begin)
            good, bad = self._truth(service, begin, end)
            row = {"service": service, "truth": (good, bad),
                   "Dive": (int(answer["counts"]["good"]), int(answer["counts"]["bad"])),
                   "late": answer["to_ms"] / 1000 - end}
            if self._prometheus:
                raw = {each["metric"]["status_code"]: float(each["value"][1])
                       for each in self._prometheus.raw_objective(service, end)[1]}
                row["query"] = (raw.get("200", 0.0), raw.get("503", 0.0))
                recorded = self._prometheus.recorded_objective(service, end)[1]
                requests = self._prometheus.recorded_requests(service, end)[1]
                share = float(recorded[0]["value"][1]) if recorded else 0.0
                total = float(requests[0]["value"][1]) if requests else 0.0
                row["recorded"] = (total * (1 - share), total * share)
            self.differences.append(row)

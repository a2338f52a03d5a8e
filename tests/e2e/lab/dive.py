# SPDX-License-Identifier: Apache-2.0
"""Dive in a mesh of `seine up`: the standalone mesh with it, and what it tells on owner.sock."""

import http.client
import json
import os
import subprocess

from lab.process import LabError, wait_until
from lab.standalone import Standalone

_READY_SECONDS = 40


class DiveMesh(Standalone):
    """With Dive from the start; `words` as those of seine up."""

    def start_up(self, *flags):
        return super().start_up("--dashboard-listen", "127.0.0.1:0", *flags, dive=True)

    def wait_dive(self):
        """Until Dive answers and its agent has been heard; the url of its pages."""
        def ready():
            if not self.up.is_running():
                raise LabError(f"seine up ended: {self.up.tail()}")
            return "Dive is ready" in self.up.log() and self.is_heard()
        wait_until(ready, _READY_SECONDS, "Dive and its agent", every=0.2)
        return self.note("web")

    def note(self, name):
        """The url in DIR/dive/NAME.json, None if there is none."""
        try:
            with open(os.path.join(self.dir, "dive", f"{name}.json"), encoding="utf-8") as file:
                return json.load(file)["url"]
        except FileNotFoundError:
            return None

    def owner_socket(self, path):
        """(status, text) of a GET of the api on owner.sock, as the user of this mesh: root is a
        stranger to another's. Status 0 where nobody answers."""
        line = ["curl", "-s", "-m", "10", "-w", "\n%{http_code}", "--unix-socket",
                os.path.join(self.dir, "dive", "owner.sock"), f"http://localhost{path}"]
        done = subprocess.run(self.as_user(line), capture_output=True, text=True, check=False,
                              timeout=20, cwd=self.home, env=self.environment())
        text, status = done.stdout.rsplit("\n", 1)
        return int(status), text

    def clusters(self):
        status, text = self.owner_socket("/api/v1/clusters")
        return json.loads(text)["clusters"] if status == 200 else []

    def requests_to(self, service):
        """How many Dive knows of; None where it cannot say, or a stand-in counts nothing."""
        status, text = self.owner_socket("/api/v1/dashboard?last=1h")
        if status != 200 or "namespaces" not in json.loads(text):
            return None
        return sum(row["golden"][kind] for group in json.loads(text)["namespaces"]
                   for row in group["services"] if row["service"]["name"] == service
                   for kind in ("good", "bad", "cancelled", "excluded"))

    def is_heard(self):
        return any(cluster["last_seen_ms"] for cluster in self.clusters())

    def get(self, url, path="/"):
        """(status, text) at a port of this machine."""
        connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def rows(self, *words):
        """What a verb with -o json tells."""
        done = self.seine(*words, "--dir", self.dir, "-o", "json")
        if done.returncode != 0:
            raise LabError(f"seine {' '.join(words)}: {done.stderr}")
        return json.loads(done.stdout)

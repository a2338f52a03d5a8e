# SPDX-License-Identifier: Apache-2.0
"""Dive with a store that lived through the history: how it is filled, started and asked."""

import json
import os
import subprocess

from asking import Asker
from lab.process import LabError, Process, wait_until

# What objectives of a mesh look like: one a service.
_PROMISE = "    namespace: shop\n    success: 99%\n    window: 7d\n"
_AT_ONCE = 500
_READY_SECONDS = 60


class Dive:
    """On SQLite in a folder of its own, or on the database of `url`."""

    name = "Dive"

    def __init__(self, binaries, folder, plan, url=None):
        self._binaries = binaries
        self._folder = folder
        self._plan = plan
        self._database = url or os.path.join(folder, "dive.db")
        self._process = None
        self._asker = None
        os.makedirs(folder, mode=0o700)

    def fill(self):
        """What it cost, as divefill tells."""
        done = subprocess.run(
            [os.path.join(self._binaries, "divefill"), "--store", self._database,
             *self._plan.flags(), "--finest-from", str(self._plan.finest_from),
             "--lived-from", str(self._plan.lived_from)],
            capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise LabError(f"the store was not filled: {done.stderr}")
        return json.loads(done.stdout)

    def start(self):
        self._process = Process(
            "seine-dive",
            [os.path.join(self._binaries, "seine-dive"), "serve", "--state-dir", self._folder,
             "--database", self._database, "--listen", "127.0.0.1:0", "--web-listen",
             "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"],
            os.path.join(self._folder, "log"))
        socket = os.path.join(self._folder, "owner.sock")

        def ready():
            if not self._process.is_running():
                raise LabError(f"seine-dive ended: {self._process.tail()}")
            return os.path.exists(socket) and "seine-dive serves" in self._process.log()
        wait_until(ready, _READY_SECONDS, "seine-dive")
        self._asker = Asker(socket, self._process.pid)

    def promise(self, services):
        """One objective of each; their names are those of the services."""
        for begin in range(0, len(services), _AT_ONCE):
            text = "objectives:\n" + "".join(
                f"  - service: {name}\n    name: {name}\n{_PROMISE}"
                for name in services[begin:begin + _AT_ONCE])
            self._asker.ask("/api/v1/objectives/apply", json.dumps({"text": text}))

    def objective(self, service):
        """As it stands now, computed anew: as a draft that is not saved is."""
        return self._asker.ask("/api/v1/objectives", json.dumps(
            {"service": service, "namespace": "shop", "success": "99%", "window": "7d",
             "dry_run": True}))

    def dashboard(self):
        """Of the last hour. It is kept for two seconds, so that the next has another span."""
        return self._asker.ask("/api/v1/dashboard?last=1h")

    def dashboard_of(self, seconds):
        return self._asker.ask(f"/api/v1/dashboard?last={seconds // 60}m")

    def service(self, service):
        return self._asker.ask(f"/api/v1/services/bench/shop/{service}?last=1h")

    def charts(self, service):
        return self._asker.ask(f"/api/v1/services/bench/shop/{service}/charts?last=6h")

    def evidence(self, service):
        return self._asker.ask(f"/api/v1/objectives/{service}/evidence")

    def octets(self):
        """Of SQLite, with its log."""
        return sum(os.path.getsize(self._database + end) for end in ("", "-wal")
                   if os.path.exists(self._database + end))

    def octets_by_table(self):
        done = subprocess.run(
            ["sqlite3", "-readonly", "-separator", " ", self._database,
             "SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC LIMIT 8"],
            capture_output=True, text=True, check=False)
        return [(name, int(size)) for name, size in
                (line.split(" ") for line in done.stdout.splitlines())]

    def resident(self):
        with open(f"/proc/{self._process.pid}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith("VmRSS"):
                    return int(line.split()[1]) * 1024
        return 0

    @property
    def pid(self):
        return self._process.pid

    def close(self):
        if self._asker:
            self._asker.close()
        if self._process:
            self._process.stop()

# SPDX-License-Identifier: Apache-2.0
"""D4, the agent: counts travel from proxies through the controller and the agent, over the mesh
itself, to Dive, and each arrives once, whatever is cut or killed on the way."""

import json
import os
import random
import signal
import subprocess
import threading
import time

from harness import e2e, expect
from lab.dive import DiveMesh
from lab.process import LabError, wait_until
from lab.standalone import PYTHON

_PORT = 8080
_KILLED = ("seine-dive", "seine-dive-agent")
# Asks for so many seconds from some threads; what became of it all as JSON. A request is sent once
# and has one outcome: what the proxy counts is what is counted here.
_CLIENT = f"""
import http.client, json, sys, threading, time
end = time.monotonic() + float(sys.argv[1])
answered, broken, lock = {{}}, [], threading.Lock()
def ask():
    connection = None
    while time.monotonic() < end:
        connection = connection or http.client.HTTPConnection("web", {_PORT}, timeout=60)
        try:
            connection.request("GET", "/")
            answer = connection.getresponse()
            answer.read()
            with lock:
                answered[answer.status] = answered.get(answer.status, 0) + 1
        except OSError as error:
            with lock:
                broken.append(str(error))
            connection.close()
            connection = None
        time.sleep(0.01)
threads = [threading.Thread(target=ask) for _ in range(3)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(json.dumps({{"answered": answered, "broken": broken}}), flush=True)
"""


class _Chaos:
    """Cuts the agent's connections, and kills the agent and Dive, at random until stopped."""

    def __init__(self, mesh, cuts, kills, seed):
        self._mesh = mesh
        self._random = random.Random(seed)
        self._deeds = ["cut"] * cuts + list(_KILLED) * kills
        self._random.shuffle(self._deeds)
        self.done = {"cut": 0} | {program: 0 for program in _KILLED}
        self.connections_cut = 0
        self.problem = None
        self._thread = threading.Thread(target=self._run)

    def start(self):
        self._thread.start()

    def join(self, seconds):
        self._thread.join(seconds)
        expect(not self._thread.is_alive(), f"after {seconds} s there was {self.done}")
        if self.problem:
            raise LabError(self.problem)

    def _run(self):
        try:
            for deed in self._deeds:
                if deed == "cut":
                    self._cut()
                else:
                    os.kill(self._mesh.child(self._mesh.up, deed), signal.SIGKILL)
                self.done[deed] += 1
                time.sleep(self._random.uniform(0.02, 0.35))
        except (LabError, OSError) as error:
            self.problem = str(error)

    def _cut(self):
        """Every connection of the agent's pod but the listeners: to its proxy, to Dive's."""
        pid = self._mesh.child(self._mesh.up, "seine-dive-agent")
        done = subprocess.run(["nsenter", f"--net=/proc/{pid}/ns/net", "ss", "-K", "-H", "-t", "-n",
                               "state", "established"], capture_output=True, text=True,
                              check=False)
        self.connections_cut += len(done.stdout.splitlines())


def _golden(mesh):
    """What Dive counted of web in the last hour: (good, bad, cancelled), None while it is away."""
    try:
        status, text = mesh.owner_socket("/api/v1/services/local/default/web?last=1h")
    except OSError:
        return None
    if status != 200:
        return None
    golden = json.loads(text)["golden"]
    return golden["good"], golden["bad"], golden["cancelled"], golden["excluded"]


def _events(mesh):
    status, text = mesh.owner_socket("/api/v1/events?kind=agent&last=1h")
    expect(status == 200, f"events: {status} {text}")
    return [event["id"] for event in json.loads(text)["events"]]


def _exact(binaries, seconds, cuts, kills):
    with DiveMesh(binaries) as mesh:
        mesh.start_up("--report-every", "1s")
        mesh.wait_dive()
        mesh.run("web", [*mesh.server, "127.0.0.1", str(_PORT)], "--port", f"{_PORT}:http1")
        load = mesh.run("client", [PYTHON, "-c", _CLIENT, str(seconds)])
        chaos = _Chaos(mesh, cuts, kills, seed=20)
        chaos.start()
        load.wait(seconds + 60)
        chaos.join(seconds * 3 + 120)
        lines = [line for line in load.log().splitlines() if line.startswith("{")]
        expect(lines, f"the client said: {load.tail()}")
        told = json.loads(lines[-1])
        good = told["answered"].pop("200", 0)
        bad = sum(told["answered"].values())
        expect(not told["broken"] and good > 0, f"requests broke: {told}")
        counted = None

        def equal():
            nonlocal counted
            counted = _golden(mesh)
            return counted == (good, bad, 0, 0)
        try:
            wait_until(equal, 90, "Dive's count", every=1)
        except LabError as error:
            raise LabError(f"sent {good} good and {bad} bad, counted {counted}") from error
        time.sleep(5)
        expect(_golden(mesh) == (good, bad, 0, 0), f"later it is {_golden(mesh)}")
        starts = wait_until(lambda: _events(mesh), 10, "events of the agent")
        expect(len(starts) == len(set(starts)) and 1 <= len(starts) <= 1 + chaos.done[_KILLED[1]],
               f"the agent was started {1 + chaos.done[_KILLED[1]]} times, told {len(starts)}")
        expect(chaos.connections_cut > cuts, f"only {chaos.connections_cut} connections were cut")
        return (f"{good} good and {bad} bad, each counted once; {cuts} cuts of"
                f" {chaos.connections_cut} connections, {kills} kills each, {len(starts)} starts")


@e2e("D4: counts are equal at both ends while the agent's streams are cut 25 times at random, and"
     " Dive and the agent are killed 4 times each, under load", seconds=300, runs="short")
def exact_over_cuts_and_kills(binaries):
    return _exact(binaries, 20, 25, 4)


@e2e("D4 at length: 200 cuts and 20 kills of each", seconds=900, runs="long")
def exact_over_200_cuts(binaries):
    return _exact(binaries, 120, 200, 20)

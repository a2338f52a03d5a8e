# SPDX-License-Identifier: Apache-2.0
"""Requests that their client counts, and Dive."""

import contextlib
import time

from lab.process import LabError, wait_until
from lab.standalone import PYTHON

_PORT = 8080
# A request each 20 ms for so many seconds; how many were answered.
_CLIENT = f"""
import http.client, sys, time
done, end = 0, time.monotonic() + float(sys.argv[1])
while time.monotonic() < end:
    connection = http.client.HTTPConnection("web", {_PORT}, timeout=10)
    connection.request("GET", "/")
    answer = connection.getresponse()
    answer.read()
    done += answer.status == 200
    connection.close()
    time.sleep(0.02)
print("answered", done, flush=True)
"""


class Counting:
    """A mesh with a server, whose requests are told to Dive and counted by their clients too."""

    def __init__(self, mesh):
        self.mesh = mesh
        self.total = 0

    def start(self):
        self.mesh.start_up("--report-every", "1s")
        self.mesh.wait_dive()
        self.serve()
        return self

    def serve(self):
        self.mesh.run("web", [*self.mesh.server, "127.0.0.1", str(_PORT)], "--port",
                      f"{_PORT}:http1")
        before = self.total
        self.mesh.wait_answers(f"http://web:{_PORT}/")
        # How often it asked is for Dive to say.
        wait_until(lambda: (self.mesh.requests_to("web") or 0) > before, 30,
                   "the first request in Dive", every=0.5)
        time.sleep(3)
        self.total = self.mesh.requests_to("web")

    @contextlib.contextmanager
    def load(self, seconds):
        """Requests while the block runs, and until their time is over."""
        client = self.mesh.run("client", [PYTHON, "-c", _CLIENT, str(seconds)])
        yield client
        if client.wait(seconds + 30) != 0:
            raise LabError(f"the client failed: {client.tail()}")
        said = [line for line in client.log().splitlines() if line.startswith("answered ")]
        self.total += int(said[-1].split()[1])

    def expect_all(self):
        """Each request is in Dive, once."""
        try:
            wait_until(lambda: self.mesh.requests_to("web") == self.total, 40, "all", every=0.5)
        except LabError:
            raise LabError(f"Dive counts {self.mesh.requests_to('web')} requests, and there were"
                           f" {self.total}: {self.mesh.up.tail()}") from None
        time.sleep(2)
        if self.mesh.requests_to("web") != self.total:
            raise LabError("more came later")
        return f"{self.total} requests"

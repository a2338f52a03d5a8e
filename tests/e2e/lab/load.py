# SPDX-License-Identifier: Apache-2.0
"""Steady load from `pace` while a test does harm, and what came of it."""

import json
import os

from lab.process import LabError


class Load:
    """From the client's namespace; begins at construction. Open loop, closed if `rate` is 0.
    Answers are to have as many `bytes` as the responder's."""

    def __init__(self, space, binaries, address, port, seconds, rate=200, connections=8,
                 bytes=1024):  # pylint: disable=redefined-builtin
        self._seconds = seconds
        self._process = space.start(f"pace-{port}", [
            os.path.join(binaries, "pace"), "--address", f"{address}:{port}", "--host",
            f"{address}:{port}", "--connections", connections, "--rate", rate, "--warmup", "100ms",
            "--duration", f"{int(seconds * 1000)}ms", "--expect-bytes", bytes, "--json"])

    def is_running(self):
        return self._process.is_running()

    def report(self):
        """Waits for its end; the dict that `pace --json` prints."""
        self._process.wait(self._seconds + 20)
        lines = [line for line in self._process.log().splitlines() if line.startswith("{")]
        if not lines:
            raise LabError(f"pace said: {self._process.tail()}")
        return json.loads(lines[-1])

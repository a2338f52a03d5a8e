# SPDX-License-Identifier: Apache-2.0
"""A child process that is ours to end, with a log of its own."""

import functools
import os
import re
import signal
import subprocess
import time

STOP_SECONDS = 5
_SANITIZER = re.compile(r"==\d+==ERROR: \w+Sanitizer|\S+: runtime error: ")


class LabError(Exception):
    """One sentence for whoever runs the test."""


class Process:
    """Started on construction; `stop` ends it and everything it started, by process group."""

    def __init__(self, name, args, log_path, env=None, stdin=subprocess.DEVNULL, cwd=None):
        self.name = name
        self.log_path = log_path
        with open(log_path, "ab") as log:
            self.popen = subprocess.Popen(
                args, stdin=stdin, stdout=log, stderr=subprocess.STDOUT, env=env,
                start_new_session=True, cwd=cwd)

    @property
    def pid(self):
        return self.popen.pid

    def is_running(self):
        return self.popen.poll() is None

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def tail(self, lines=15):
        return "\n".join(self.log().splitlines()[-lines:])

    def signal(self, number):
        """To the process alone, not to its children."""
        if self.is_running():
            self.popen.send_signal(number)

    def wait(self, seconds):
        """The exit code, or LabError when it has not ended in time."""
        try:
            return self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            raise LabError(f"{self.name} had not ended after {seconds} s") from None

    def kill(self):
        """kill -9, of the whole group, and wait."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.popen.wait()

    def stop(self):
        """SIGTERM, then SIGKILL after STOP_SECONDS. Returns the exit code."""
        if self.is_running():
            try:
                os.killpg(self.pid, signal.SIGTERM)
                self.popen.wait(STOP_SECONDS)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                pass
        self.kill()
        return self.popen.returncode


@functools.cache
def is_sanitized(binaries):
    """Whether ours are built with a sanitizer: slower, and memory is kept back to find misuse."""
    with open(os.path.join(binaries, "seine-proxy"), "rb") as file:
        return b"__asan_init" in file.read()


def sanitizer_reports(process):
    """What a sanitizer that is built into the process had to say, as a list of one or none."""
    said = process.log()
    found = _SANITIZER.search(said)
    if found is None:
        return []
    return [f"{process.name}: {said[found.start():found.start() + 6000].strip()}"]


def descendants(pid):
    """The process and all it started that still live."""
    found = [pid]
    for each in found:
        try:
            for task in os.listdir(f"/proc/{each}/task"):
                with open(f"/proc/{each}/task/{task}/children", encoding="ascii") as children:
                    found.extend(int(child) for child in children.read().split())
        except OSError:
            continue
    return found


def resident_bytes(pids):
    """VmRSS of all of them together."""
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
                for line in status:
                    if line.startswith("VmRSS:"):
                        total += int(line.split()[1]) * 1024
        except OSError:
            continue
    return total


def wait_until(condition, seconds, what, every=0.05):
    """Polls until `condition()` is true and returns its value; LabError with `what` otherwise."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise LabError(f"{what} did not happen within {seconds} s")
        time.sleep(every)

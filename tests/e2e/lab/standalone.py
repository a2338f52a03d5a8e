# SPDX-License-Identifier: Apache-2.0
"""A mesh on this machine by `seine up` and `seine run`, as root or as an ordinary user."""

import os
import shutil
import stat
import subprocess
import tempfile

from lab.applications import ROOT, peer
from lab.process import LabError, Process, descendants, sanitizer_reports, wait_until

# A user of no name and no rights. Without a line in /etc/subuid there is one uid for all.
STRANGER = 42117
# Not the interpreter of this test, which may lie where only its user comes.
PYTHON = "/usr/bin/python3"
_PROGRAMS = ("seine", "seine-controller", "seine-proxy", "seine-dive", "seine-dive-agent")
_READY_SECONDS = 20


class Standalone:
    """Everything in a folder of its own; `with` ends what it started and looks for what is left."""

    def __init__(self, binaries, uid=0):
        self.uid = uid
        self.folder = tempfile.mkdtemp(prefix="seine-lab-")
        os.chmod(self.folder, 0o755)
        self.binaries = self._reachable(binaries)
        shutil.copy(peer("http_server.py"), self.folder)
        # http_server.py of the peers, to which address and port are to be added.
        self.server = [PYTHON, os.path.join(self.folder, "http_server.py")]
        self.dir = os.path.join(self.folder, "mesh")
        os.mkdir(self.dir, 0o700)
        self.home = os.path.join(self.folder, "home")
        os.mkdir(self.home, 0o700)
        for path in (self.dir, self.home):
            os.chown(path, uid, uid)
        self.processes = []
        self.up = None

    def _reachable(self, binaries):
        """Where the user can execute them; the checkout may be root's alone."""
        if self.uid == 0:
            return os.path.abspath(binaries)
        copies = os.path.join(self.folder, "bin")
        os.mkdir(copies, 0o755)
        for name in os.listdir(binaries):
            path = os.path.join(binaries, name)
            if os.path.isfile(path) and os.stat(path).st_mode & stat.S_IXUSR:
                if name in _PROGRAMS or name in ("responder", "pace"):
                    shutil.copy(path, copies)
        pages = os.path.join(ROOT, "build", "web")
        if os.path.isdir(pages):
            shutil.copytree(pages, os.path.join(self.folder, "share", "seine", "web"))
        return copies

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        for process in reversed(self.processes):
            process.stop()
        reports = [report for process in self.processes for report in sanitizer_reports(process)]
        if kind is None and reports:
            raise LabError("\n".join(reports))
        if os.environ.get("SEINE_LAB_KEEP") != "1":
            shutil.rmtree(self.folder, ignore_errors=True)

    def environment(self):
        return {"PATH": f"{self.binaries}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
                "HOME": self.home, "LANG": "C.UTF-8", "TERM": "dumb",
                "XDG_RUNTIME_DIR": self.home, "CANARY": "of-the-caller",
                "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "detect_leaks=0")}

    def words(self, *words):
        """A command line of `seine` as the user of this mesh."""
        return self.as_user([os.path.join(self.binaries, "seine"), *map(str, words)])

    def as_user(self, line):
        """That command line as the user of this mesh."""
        if not self.uid:
            return line
        return ["setpriv", f"--reuid={self.uid}", f"--regid={self.uid}", "--clear-groups", *line]

    def start(self, name, *words, env=None):
        log = os.path.join(self.folder, f"{name}-{len(self.processes)}.log")
        # Not where the test was started, which may be root's alone.
        process = Process(name, self.words(*words), log, env=self.environment() | (env or {}),
                          cwd=self.home)
        self.processes.append(process)
        return process

    def seine(self, *words, seconds=30, env=None, stdin=None):
        """Runs it to its end; the CompletedProcess, with text."""
        return subprocess.run(self.words(*words), capture_output=True, text=True, check=False,
                              timeout=seconds, cwd=self.home, stdin=stdin,
                              env=self.environment() | (env or {}))

    def start_up(self, *flags, dive=False):
        """Without Dive, which is two pods more, unless a test is about it."""
        without = [] if dive else ["--no-dive"]
        self.up = self.start("up", "up", "--dir", self.dir, *without, *flags)

        def ready():
            if not self.up.is_running():
                raise LabError(f"seine up ended: {self.up.tail()}")
            return "is ready" in self.up.log()
        wait_until(ready, _READY_SECONDS, "the readiness line of seine up")
        return self

    def run(self, name, command, *flags):
        """Starts CMD as a pod; returns the process of `seine run`."""
        return self.start(name, "run", "--dir", self.dir, "--name", name, *flags, "--", *command)

    def run_to_end(self, command, *flags, seconds=30, env=None):
        return self.seine("run", "--dir", self.dir, *flags, "--", *command, seconds=seconds,
                          env=env)

    def curl(self, url, *words, seconds=30, flags=("--name", "curl")):
        """curl as a pod of the mesh."""
        return self.run_to_end(["curl", "-sS", "-m", "10", *words, url], *flags, seconds=seconds)

    def wait_answers(self, url, seconds=20):
        """Until a pod that asks again and again is answered with 200."""
        done = self.run_to_end(
            ["curl", "-sS", "-m", "5", "--retry", "60", "--retry-delay", "0", "--retry-all-errors",
             "--retry-max-time", str(seconds), "-f", "-o", "/dev/null", url],
            "--name", "waiter", seconds=seconds + 20)
        if done.returncode != 0:
            raise LabError(f"{url} does not answer: {done.stderr}")

    def child(self, process, program):
        """The pid of a program that `process` started, directly or not."""
        def find():
            for pid in descendants(process.pid)[1:]:
                try:
                    with open(f"/proc/{pid}/cmdline", encoding="utf-8") as file:
                        words = file.read().split("\0")
                    if program in (os.path.basename(os.readlink(f"/proc/{pid}/exe")),
                                   os.path.basename(words[1]) if len(words) > 1 else ""):
                        return pid
                except OSError:
                    continue
            return None
        return wait_until(find, 10, f"{program} started by {process.name}")

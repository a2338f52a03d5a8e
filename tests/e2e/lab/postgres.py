# SPDX-License-Identifier: Apache-2.0
"""Debian's PostgreSQL as a server of one test, on a socket in a folder of its own."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile

from lab.process import LabError, Process, wait_until

_PROGRAMS = "/usr/lib/postgresql/15/bin"


class Postgres:
    """It refuses to run as root, so it runs as its own user where there is one, or as nobody."""

    def __init__(self):
        names = {entry.pw_name for entry in pwd.getpwall()}
        self.user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
        self.folder = tempfile.mkdtemp(prefix="seine-lab-pg-")
        os.chmod(self.folder, 0o755)
        os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
        self.url = f"postgresql://seine@/postgres?host={self.folder}"
        self.process = None

    def __enter__(self):
        done = subprocess.run(self._line(
            "initdb", "-D", f"{self.folder}/data", "-U", "seine", "-A", "trust", "-E", "UTF8",
            "--locale=C", "--no-sync"), capture_output=True, text=True, check=False,
            cwd=self.folder)
        if done.returncode != 0:
            raise LabError(f"initdb: {done.stderr}")
        self.start()
        return self

    def __exit__(self, *_):
        if self.process is not None:
            self.process.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _line(self, program, *words):
        return ["setpriv", f"--reuid={self.user.pw_uid}", f"--regid={self.user.pw_gid}",
                "--clear-groups", os.path.join(_PROGRAMS, program), *words]

    def start(self):
        # Whoever comes is not root and not the server's user.
        self.process = Process("postgres", self._line(
            "postgres", "-D", f"{self.folder}/data", "-k", self.folder, "-c", "listen_addresses=",
            "-c", "unix_socket_permissions=0777", "-c", "shared_buffers=16MB"),
            f"{self.folder}/log", cwd=self.folder)
        wait_until(lambda: subprocess.run(
            [os.path.join(_PROGRAMS, "pg_isready"), "-q", "-h", self.folder],
            check=False).returncode == 0, 20, "PostgreSQL")

    def stop_at_once(self):
        """Connections are cut, transactions that were not committed are gone."""
        self.process.signal(signal.SIGQUIT)
        self.process.wait(20)

# SPDX-License-Identifier: Apache-2.0
"""Network namespaces joined by a bridge that stands in a namespace of its own.

    hub:  br0 ---- veth ---- eth0 of each member, 10.99.0.N/24 and fd99::N/64
"""

import os
import shutil
import signal
import subprocess
import tempfile

from lab.process import LabError, Process, sanitizer_reports

# The user the proxies run as: redirect rules tell them from applications by it. Linkerd's number.
PROXY_UID = 2102

_OUTPUT_CHAIN = """
  chain output {{
    type nat hook output priority -100; policy accept;
    meta skuid {uid} return
    ip daddr 127.0.0.0/8 return
    ip6 daddr ::1 return
    meta l4proto tcp redirect to :{outbound}
  }}
"""
_PREROUTING_CHAIN = """
  chain prerouting {{
    type nat hook prerouting priority -100; policy accept;
    tcp dport {{ {inbound}, 4190, 4191 }} return
    meta l4proto tcp redirect to :{inbound}
  }}
"""
OUTBOUND_PORT = 4140
INBOUND_PORT = 4143
SERVICE_NETWORK = "10.96.0.0/16"


def check(args, **options):
    """Runs to its end; LabError with what it said when it fails."""
    done = subprocess.run(args, capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip()
        raise LabError(f"`{' '.join(args)}` ended with {done.returncode}: {said}")
    return done.stdout


def _inside(name):
    """Opens a command line that runs in a namespace. Not `ip netns exec` nor `ip -n`: those remount
    /sys, which fails where / is no mount point, as in a chroot."""
    return ["nsenter", f"--net=/run/netns/{name}", "--"]


class Namespace:
    """One member of a Lab: a machine with eth0 and lo."""

    def __init__(self, lab, name, number):
        self.lab = lab
        self.name = name
        self.ipv4 = f"10.99.0.{number}"
        self.ipv6 = f"fd99::{number:x}"

    def command(self, args, uid=None, core=None, files=None):
        """`args` as a command line that runs in here, as `uid`, on one core and with a limit on
        open files ("SOFT:HARD") if given. The process dies with the thread that started it."""
        full = _inside(self.name)
        if core is not None:
            full += ["taskset", "-c", str(core)]
        if files is not None:
            full += ["prlimit", f"--nofile={files}"]
        full += ["setpriv", "--pdeathsig", "KILL"]
        if uid is not None:
            full += ["--reuid", str(uid), "--regid", str(uid), "--clear-groups"]
        return full + ["--"] + [str(arg) for arg in args]

    def start(self, name, args, uid=None, core=None, env=None, inherit=True, files=None):
        """A Process in here that the lab will stop; `env` comes on top of ours unless told not
        to `inherit`."""
        log_path = self.lab.log_path(name)
        if uid is not None:
            args = [self.lab.install(args[0]), *args[1:]]
        full_env = {**os.environ, **(env or {})} if inherit else env
        process = Process(name, self.command(args, uid, core, files), log_path, full_env)
        self.lab.processes.append(process)
        return process

    def run(self, args, seconds=30, uid=None, stdin=None):
        """CompletedProcess with text output, whatever the exit code."""
        try:
            return subprocess.run(self.command(args, uid), capture_output=True, text=True,
                                  errors="replace", timeout=seconds, input=stdin, check=False)
        except subprocess.TimeoutExpired:
            raise LabError(f"`{args[0]}` had not ended after {seconds} s") from None

    def redirect(self, outbound=True, inbound=True):
        """Sends the TCP of everyone but the proxy's user through the proxy's ports."""
        ports = {"uid": PROXY_UID, "outbound": OUTBOUND_PORT, "inbound": INBOUND_PORT}
        chains = (_OUTPUT_CHAIN.format(**ports) if outbound else "")
        chains += (_PREROUTING_CHAIN.format(**ports) if inbound else "")
        check([*_inside(self.name), "nft", "-f", "-"],
              input="table inet seine_lab {" + chains + "}")

    def add_address(self, address):
        """One more of IPv4, in the network that all members are in."""
        check([*_inside(self.name), "ip", "addr", "add", f"{address}/24", "dev", "eth0"])

    def is_listening(self, port):
        listeners = check([*_inside(self.name), "ss", "-Hltn"])
        return any(line.split()[3].endswith(f":{port}") for line in listeners.splitlines())


class Lab:
    """Namespaces `seine-<member>-XXXX` for the members asked for, and a directory for files.

    The directory may be read by the proxy's user. It is kept when `keep` is set or
    SEINE_LAB_KEEP is in the environment, for whoever has to find out why.
    """

    def __init__(self, members=("c", "s", "ctl"), keep=False):
        self.tag = os.urandom(2).hex()
        self.keep = keep or "SEINE_LAB_KEEP" in os.environ
        self.directory = tempfile.mkdtemp(prefix="seine-lab-")
        os.chmod(self.directory, 0o755)
        self.processes = []
        self.members = {}
        self._names = []
        self._started = {}
        self._complaints = []
        try:
            self._build(members)
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.close()
        if kind is None and self._complaints:
            raise LabError("\n".join(self._complaints))

    def __getitem__(self, member):
        return self.members[member]

    def path(self, *parts):
        return os.path.join(self.directory, *parts)

    def log_path(self, name):
        """A file of its own for each start of a process of that name."""
        self._started[name] = self._started.get(name, 0) + 1
        return self.path(f"{name}-{self._started[name]}.log")

    def install(self, binary):
        """A copy that the proxies' user can run: a checkout may lie in root's home. A bare name,
        which PATH finds, stays what it is."""
        if os.sep not in binary:
            return binary
        if not os.access(binary, os.X_OK):
            raise LabError(f"{binary} is not built")
        copy = self.path(os.path.basename(binary))
        if not os.path.exists(copy):
            shutil.copy(binary, copy)
            os.chmod(copy, 0o755)
        return copy

    def _make(self, name):
        check(["ip", "netns", "add", name])
        self._names.append(name)
        check([*_inside(name), "ip", "link", "set", "lo", "up"])

    def _build(self, members):
        hub = f"seine-hub-{self.tag}"
        self._make(hub)
        check([*_inside(hub), "ip", "link", "add", "br0", "type", "bridge", "forward_delay", "0"])
        check([*_inside(hub), "ip", "link", "set", "br0", "up"])
        for number, member in enumerate(members, 1):
            name = f"seine-{member}-{self.tag}"
            self._make(name)
            port = f"to-{member}"
            check([*_inside(hub), "ip", "link", "add", port, "type", "veth",
                   "peer", "name", "eth0", "netns", name])
            check([*_inside(hub), "ip", "link", "set", port, "master", "br0", "up"])
            space = Namespace(self, name, number)
            check([*_inside(name), "ip", "addr", "add", f"{space.ipv4}/24", "dev", "eth0"])
            check([*_inside(name), "ip", "addr", "add", f"{space.ipv6}/64", "dev", "eth0", "nodad"])
            check([*_inside(name), "ip", "link", "set", "eth0", "up"])
            # Addresses of services exist nowhere; the redirect needs a route to reach them.
            check([*_inside(name), "ip", "route", "add", SERVICE_NETWORK, "dev", "eth0"])
            self.members[member] = space

    def close(self):
        """Ends all it started and made, undisturbed by the signals that end a test."""
        before = signal.pthread_sigmask(
            signal.SIG_BLOCK, {signal.SIGALRM, signal.SIGINT, signal.SIGTERM})
        try:
            self._close()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _close(self):
        for process in reversed(self.processes):
            process.stop()
            self._complaints += sanitizer_reports(process)
        self.processes.clear()
        for name in reversed(self._names):
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
        self._names.clear()
        if not self.keep:
            shutil.rmtree(self.directory, ignore_errors=True)

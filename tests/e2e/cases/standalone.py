# SPDX-License-Identifier: Apache-2.0
"""`seine up` and `seine run`: a mesh of programs that know nothing of it, on one machine."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import socket
import subprocess
import termios
import time

from harness import e2e, expect
from lab.applications import peer
from lab.process import Process, wait_until
from lab.standalone import PYTHON, STRANGER, Standalone

_HOST_STATE = (["ip", "-j", "address"], ["ip", "-j", "route", "show", "table", "all"],
               ["ip", "-6", "-j", "route", "show", "table", "all"], ["ip", "-j", "rule"],
               ["nft", "list", "ruleset"], ["sysctl", "net.ipv4.ip_forward",
                                            "net.ipv4.conf.all.forwarding",
                                            "net.ipv6.conf.all.forwarding",
                                            "net.ipv4.ip_unprivileged_port_start"])


def _host_state():
    """What `up` and `run` promise never to change. Lifetimes and counters of leases go on."""
    said = [subprocess.run(words, capture_output=True, text=True, check=False).stdout
            for words in _HOST_STATE]
    with open("/etc/resolv.conf", encoding="utf-8") as file:
        said.append(file.read())
    return [re.sub(r'"(valid|preferred)_life_time":\d+', "", text) for text in said]


def _talk(mesh):
    mesh.start_up()
    mesh.run("web", [*mesh.server, "0.0.0.0", "8080"], "--port", "8080")
    mesh.wait_answers("http://web:8080/")
    for host in ("web", "web.default", "web.default.svc", "web.default.svc.cluster.local"):
        done = mesh.curl(f"http://{host}:8080/hello", "--data-binary", "the body")
        expect(done.returncode == 0 and done.stdout == "the body",
               f"curl to {host}: exit {done.returncode}, {done.stdout!r}, {done.stderr!r}")


@e2e("as root: seine up, seine run of a server, seine run of curl, and curl is answered by each of"
     " the server's names")
def two_programs_talk(binaries):
    with Standalone(binaries) as mesh:
        _talk(mesh)


@e2e("as an ordinary user the same happens inside a user namespace")
def two_programs_talk_without_root(binaries):
    with Standalone(binaries, STRANGER) as mesh:
        _talk(mesh)


@e2e("addresses, routes, rules, sysctls, firewall and resolv.conf of the machine are the same"
     " before, during and after a mesh with a pod in it")
def host_is_untouched(binaries):
    before = _host_state()
    with Standalone(binaries) as mesh:
        mesh.start_up()
        mesh.run("web", [*mesh.server, "0.0.0.0", "8080"], "--port", "8080", "--publish", "0:8080")
        mesh.wait_answers("http://web:8080/")
        expect(_host_state() == before, f"during: {before} became {_host_state()}")
    expect(_host_state() == before, f"after: {before} became {_host_state()}")


@e2e("seine run ends as CMD does: 0, 7, 143 by a signal, 126 for what cannot be executed, 127 for"
     " what is not there, 125 without a mesh, 64 for wrong flags, each with a sentence")
def exit_codes(binaries):
    with Standalone(binaries) as mesh:
        mesh.start_up()
        for command, code, sentence in (
                (["true"], 0, ""), (["sh", "-c", "exit 7"], 7, ""),
                (["sh", "-c", "kill -TERM $$"], 143, ""), (["/etc/passwd"], 126, "/etc/passwd"),
                (["no-such-program"], 127, "no-such-program")):
            done = mesh.run_to_end(command, "--name", "ends")
            expect(done.returncode == code and sentence in done.stderr,
                   f"{command}: exit {done.returncode} instead of {code}, {done.stderr!r}")
            expect(bool(sentence) == bool(done.stderr), f"{command} said {done.stderr!r}")
        done = mesh.seine("run", "--dir", mesh.home + "/nothing", "--", "true")
        expect(done.returncode == 125 and "seine up" in done.stderr,
               f"without a mesh: exit {done.returncode}, {done.stderr!r}")
        for words, code in ((["--port", "99999", "--", "true"], 64), (["--nonsense"], 64), ([], 64),
                            (["--name", "Not A Name", "--", "true"], 125)):
            done = mesh.seine("run", "--dir", mesh.dir, *words)
            expect(done.returncode == code and done.stderr.count("\n") == 1,
                   f"{words}: exit {done.returncode}, {done.stderr!r}")


@e2e("wrong flags of seine up are told in one sentence that names the flag, and it exits 64")
def bad_flags_of_up(binaries):
    with Standalone(binaries) as mesh:
        for flag, value in (("--network", "x"), ("--network", "10.200.0.0/99"),
                            ("--network", "10.200.0.0/30"), ("--network", "fd00::/64"),
                            ("--admin-listen", "x"), ("--admin-listen", "127.0.0.1:99999"),
                            ("--report-every", "1h"), ("--dns-forward", "x")):
            done = mesh.seine("up", "--dir", mesh.dir, flag, value)
            expect(done.returncode == 64 and done.stderr.count("\n") == 1
                   and flag in done.stderr and "invalid" not in done.stderr,
                   f"{flag} {value}: exit {done.returncode}, {done.stderr!r}")


@e2e("a second seine up on the same folder says which process has it, and ends")
def second_up(binaries):
    with Standalone(binaries) as mesh:
        mesh.start_up()
        done = mesh.seine("up", "--dir", mesh.dir)
        expect(done.returncode == 1 and str(mesh.up.pid) in done.stderr,
               f"exit {done.returncode}, {done.stderr!r}; the first one is {mesh.up.pid}")


# Says when it got SIGTERM, and goes on.
_STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, lambda *_: print("not yet", flush=True))
print("runs", flush=True)
while True:
    time.sleep(1)
"""


@e2e("a second SIGTERM to seine run ends a program that does not want to end by SIGKILL, and seine"
     " run within two seconds; what comes at once with the first is the same wish")
def second_signal_to_a_program(binaries):
    with Standalone(binaries) as mesh:
        mesh.start_up()
        pod = mesh.run("stubborn", [PYTHON, "-c", _STUBBORN])
        wait_until(lambda: "runs" in pod.log(), 20, "the program's start")
        pod.signal(signal.SIGTERM)
        time.sleep(0.05)
        pod.signal(signal.SIGTERM)
        wait_until(lambda: "not yet" in pod.log(), 10, "the program's SIGTERM")
        time.sleep(0.5)
        expect(pod.is_running(), f"one wish ended it: {pod.tail()}")
        began = time.monotonic()
        pod.signal(signal.SIGTERM)
        expect(pod.wait(10) == 137, f"exit {pod.popen.returncode}: {pod.tail()}")
        took = time.monotonic() - began
        expect(took < 2, f"it took {took:.1f} s")


@e2e("a second signal ends the farewell of seine run to a controller that does not answer, with"
     " the program's exit code, while the program says goodbye and after it has ended")
def second_signal_to_a_farewell(binaries):
    with Standalone(binaries) as mesh:
        mesh.start_up()
        ends = mesh.run("ends", ["sh", "-c", "echo runs; sleep 600"])
        stays = mesh.run("stays", ["sh", "-c", "echo runs; sleep 600"])
        for pod in (ends, stays):
            wait_until(lambda p=pod: "runs" in p.log(), 20, "the program's start")
        controller = mesh.child(mesh.up, "seine-controller")
        os.kill(controller, signal.SIGSTOP)
        try:
            for pod, first, code in ((ends, signal.SIGUSR1, 138), (stays, signal.SIGTERM, 137)):
                pod.signal(first)
                time.sleep(1)
                expect(pod.is_running(), f"it did not wait for the controller: {pod.tail()}")
                began = time.monotonic()
                pod.signal(signal.SIGINT)
                expect(pod.wait(10) == code, f"exit {pod.popen.returncode}: {pod.tail()}")
                took = time.monotonic() - began
                expect(took < 2.5, f"it took {took:.1f} s")
        finally:
            os.kill(controller, signal.SIGCONT)


@e2e("Ctrl-C ends seine run within two seconds at whatever moment of its start the controller stops"
     " to answer")
def signal_to_a_start(binaries):
    with Standalone(binaries) as mesh:
        mesh.start_up()
        controller = mesh.child(mesh.up, "seine-controller")
        early = 0
        for number, delay in enumerate((0.02, 0.05, 0.08, 0.12, 0.16, 0.2, 0.3)):
            pod = mesh.run(f"early-{number}", ["sh", "-c", "echo runs; sleep 600"])
            time.sleep(delay)
            os.kill(controller, signal.SIGSTOP)
            try:
                time.sleep(0.7)
                has_begun = "runs" in pod.log()
                early += not has_begun
                began = time.monotonic()
                pod.signal(signal.SIGINT)
                if has_begun:  # then the first one is the program's
                    time.sleep(0.5)
                    pod.signal(signal.SIGINT)
                code = pod.wait(10)
                took = time.monotonic() - began
                expect(code is not None and took < 2.5, f"{delay} s: {took:.1f} s: {pod.tail()}")
            finally:
                os.kill(controller, signal.SIGCONT)
        expect(early > 0, "every program had begun before its controller was stopped")


@e2e("SIGHUP ends seine up as SIGTERM does, but for one that nohup started")
def hangup_of_up(binaries):
    with Standalone(binaries) as mesh:
        mesh.start_up()
        mesh.up.signal(signal.SIGHUP)
        expect(mesh.up.wait(20) == 0, f"exit {mesh.up.popen.returncode}: {mesh.up.tail()}")
        before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
        try:
            mesh.start_up()
        finally:
            signal.signal(signal.SIGHUP, before)
        mesh.up.signal(signal.SIGHUP)
        time.sleep(0.5)
        done = mesh.run_to_end(["true"], "--name", "joins")
        expect(mesh.up.is_running() and done.returncode == 0, f"{mesh.up.tail()} {done.stderr}")


@e2e("root in an ordinary user's mesh, and that user in root's, are told whose it is and exit 64")
def meshes_of_others(binaries):
    with Standalone(binaries, STRANGER) as theirs, Standalone(binaries) as ours:
        os.chmod(ours.dir, 0o700)
        for mesh in (theirs, ours):
            mesh.start_up()
        for caller, owner, name in ((ours, theirs, f"user {STRANGER}"), (theirs, ours, "root")):
            for words in (("run", "--", "true"), ("stat",), ("edges",), ("check",)):
                done = caller.seine(words[0], "--dir", owner.dir, *words[1:])
                expect(done.returncode == 64 and f"belongs to {name}; run this as {name}"
                       in done.stderr and done.stderr.count("\n") == 1,
                       f"{words}: exit {done.returncode}, {done.stderr!r}")


@e2e("CMD sees no state folder, no token and no variable of ours; it has no capabilities and its"
     " own process ids; its signals reach it and its exit code comes back")
def what_a_program_sees(binaries):
    with Standalone(binaries) as mesh:
        mesh.start_up()
        script = ("import json, os; print(json.dumps({'pid': os.getpid(), 'dir': "
                  f"os.listdir({mesh.dir!r}), 'env': dict(os.environ), "
                  "'status': open('/proc/self/status').read(), "
                  "'processes': [p for p in os.listdir('/proc') if p.isdigit()]}))")
        done = mesh.run_to_end([PYTHON, "-c", script], "--name", "looks")
        expect(done.returncode == 0, done.stderr)
        seen = json.loads(done.stdout)
        expect(seen["dir"] == [], f"the state folder shows {seen['dir']}")
        ours = [name for name in seen["env"] if name.startswith(("LINKERD2", "SEINE"))]
        expect(not ours, f"the environment has {ours}")
        expect(seen["env"].get("CANARY") == "of-the-caller", "the caller's environment is gone")
        for line in ("CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1"):
            expect(line in seen["status"], f"{line!r} is not in {seen['status']}")
        expect(len(seen["processes"]) <= 2, f"it sees {seen['processes']}")
        process = mesh.run("waits", [PYTHON, "-c", (
            "import signal, sys, time\n"
            "signal.signal(signal.SIGUSR1, lambda *_: sys.exit(42))\n"
            "print('waiting', flush=True)\n"
            "time.sleep(30)")])
        wait_until(lambda: "waiting" in process.log(), 15, "the program's start")
        process.signal(signal.SIGUSR1)
        expect(process.wait(20) == 42, f"exit {process.popen.returncode}: {process.tail()}")


def _is_open(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _ways(binaries, uid):
    with Standalone(binaries, uid) as mesh:
        mesh.start_up()
        web = mesh.run("web", [*mesh.server, "127.0.0.1", "8080"], "--port", "8080", "--publish",
                       "0:8080")
        said = wait_until(lambda: re.search(r"published at (127\.0\.0\.1:\d+)", web.log()), 15,
                          "the published address")
        done = subprocess.run(["curl", "-sS", "-m", "10", "--retry", "20", "--retry-delay", "0",
                               "--retry-all-errors", "-f", "--data-binary", "from outside",
                               f"http://{said[1]}/"], capture_output=True, text=True, check=False)
        expect(done.stdout == "from outside", f"published: {done.stdout!r} {done.stderr!r}")
        mesh.processes.append(Process("outside", [*mesh.server, "127.0.0.1", "18999"],
                                      os.path.join(mesh.home, "outside.log")))
        wait_until(lambda: _is_open(18999), 15, "the server outside")
        url = "http://host.seine.internal:18999/"
        opened = mesh.curl(url, "--data-binary", "in", flags=("--name", "c", "--host-port",
                                                               "18999"))
        expect(opened.stdout == "in", f"--host-port: {opened.stdout!r} {opened.stderr!r}")
        closed = mesh.curl(url, "--data-binary", "in")
        expect(closed.stdout != "in", "a port of the machine that was not named answers")
        none = mesh.curl("http://192.0.2.77/", flags=("--name", "c", "--no-egress"))
        expect(none.returncode != 0 or "in" != none.stdout, "--no-egress reaches out")


@e2e("--publish lets the machine in, on loopback alone; egress lets CMD out by TCP, --host-port to"
     " a port of the machine by host.seine.internal, --no-egress nowhere")
def ways_in_and_out(binaries):
    _ways(binaries, 0)


@e2e("the same as an ordinary user")
def ways_in_and_out_without_root(binaries):
    _ways(binaries, STRANGER)


@e2e("what kill -9 of seine up and of seine run leaves, the next up sweeps: no process, no link and"
     " no folder of a pod is left")
def swept_after_kill(binaries):
    with Standalone(binaries) as mesh:
        mesh.start_up()
        mesh.run("web", [*mesh.server, "0.0.0.0", "8080"], "--port", "8080")
        mesh.wait_answers("http://web:8080/")
        pods = os.path.join(mesh.dir, "pods")
        for process in mesh.processes:
            os.kill(process.pid, signal.SIGKILL) if process.is_running() else None
            process.popen.wait()
        expect(os.listdir(pods), "there was nothing to sweep")
        time.sleep(0.3)
        left = subprocess.run(["pgrep", "-f", mesh.dir], capture_output=True, text=True,
                              check=False).stdout.split()
        expect(not left, f"processes {left} live on")
        mesh.start_up()
        expect(os.listdir(pods) == [], f"{os.listdir(pods)} is left")
        mesh.run("web", [*mesh.server, "0.0.0.0", "8080"], "--port", "8080")
        mesh.wait_answers("http://web:8080/")


@e2e("names of others have no address in a pod, but with --dns-forward the one that the server"
     " named there gives them", seconds=90)
def names_of_others(binaries):
    for flags, known in ((("--dns-forward", "127.0.0.1:18997"), True), ((), False)):
        with Standalone(binaries, STRANGER) as mesh:
            for words in ((PYTHON, peer("dns_server.py"), "127.0.0.1", "18997", "outside.example",
                           "192.0.0.8"), (*mesh.server, "127.0.0.1", "18996")):
                mesh.processes.append(Process("outside", list(words),
                                              os.path.join(mesh.home, "outside.log")))
            wait_until(lambda: _is_open(18996), 15, "the server outside")
            mesh.start_up(*flags)
            done = mesh.curl("http://outside.example:18996/", "--data-binary", "hello",
                             flags=("--name", "c", "--host-port", "18996"))
            if known:
                expect(done.stdout == "hello", f"{done.stdout!r} {done.stderr!r}")
            else:
                expect(done.returncode == 6, f"exit {done.returncode}: {done.stderr!r}")


def _type(terminal, text, expected, seconds):
    """Types a line and reads what the terminal shows until it has `expected`."""
    os.write(terminal, text.encode() + b"\n")
    shown = b""
    deadline = time.monotonic() + seconds
    while expected not in shown:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([terminal], [], [], left)[0]:
            return shown.decode(errors="replace")
        try:
            shown += os.read(terminal, 65536)
        except OSError:
            break
    return shown.decode(errors="replace")


@e2e("a program that is run in the background leaves the terminal to the shell, and one with a"
     " pager behind it to the pager; one in the foreground gets it, and gives it back", seconds=90)
def terminal_is_left_alone(binaries):
    with Standalone(binaries) as mesh:
        mesh.start_up()
        ours, theirs = pty.openpty()
        shell = subprocess.Popen(["bash", "--norc", "-i"], stdin=theirs, stdout=theirs,
                                 stderr=theirs, start_new_session=True,
                                 env=mesh.environment() | {"PS1": "ready> "},
                                 preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(theirs)
        try:
            run = f"seine run --dir {mesh.dir} --name t --"
            _type(ours, f"{run} sh -c 'echo be''gan; exec sleep 30' &", b"began", 20)
            for line, expected in (
                    ("", b"ready> "), ("echo still-$((20+1))", b"still-21"),
                    (f"{run} sh -c 'seq 300; sleep 1' | tail -n 1; echo piped-$((20+2))",
                     b"piped-22"),
                    (f"{run} sh -c 'read word; echo got-$word'; echo back-$((20+3))\nhello",
                     b"back-23")):
                shown = _type(ours, line, expected, 20)
                expect(expected.decode() in shown and shell.poll() is None,
                       f"{line}: the shell {shell.poll()} showed {shown!r}")
            expect("got-hello" in shown, f"the program in the foreground read nothing: {shown!r}")
        finally:
            if shell.poll() is None:
                os.killpg(shell.pid, signal.SIGKILL)
            shell.wait()
            os.close(ours)
            subprocess.run(["pkill", "-f", f"run --dir {mesh.dir}"], check=False)

# SPDX-License-Identifier: Apache-2.0
"""What dies in a mesh of `seine up` and `seine run` while requests come, and what that costs.

A service of three pods, called by one pod 32 connections wide, GET requests alone.
"""

import json
import os
import signal
import time

from harness import e2e, expect
from lab.process import LabError, wait_until
from lab.standalone import PYTHON, STRANGER, Standalone

_PORT = 8080
_REPLICAS = 3
_CONNECTIONS = 32
_RATE = 500
# Answers that take some reads each.
_BYTES = 20_000


class _Service:
    """The pods of `web` and the load on them."""

    def __init__(self, mesh):
        self.mesh = mesh
        self._load = None
        self._seconds = 0
        self.pods = [self.start() for _ in range(_REPLICAS)]
        mesh.wait_answers(f"http://web:{_PORT}/")

    def start(self):
        return self.mesh.run(
            "web", [os.path.join(self.mesh.binaries, "responder"), "--listen",
                    f"0.0.0.0:{_PORT}", "--bytes", str(_BYTES)], "--port", str(_PORT))

    def begin_load(self, seconds):
        self._seconds = seconds
        address = self.mesh.run_to_end(["getent", "ahostsv4", "web"], "--name", "asks")
        expect(address.returncode == 0, f"web has no address: {address.stderr}")
        ip = address.stdout.split()[0]
        self._load = self.mesh.run("load", [
            os.path.join(self.mesh.binaries, "pace"), "--address", f"{ip}:{_PORT}", "--host",
            "web", "--connections", str(_CONNECTIONS), "--rate", str(_RATE), "--warmup", "100ms",
            "--duration", f"{seconds * 1000}ms", "--expect-bytes", str(_BYTES), "--json"])
        time.sleep(1.5)

    def report(self):
        self._load.wait(self._seconds + 40)
        lines = [line for line in self._load.log().splitlines() if line.startswith("{")]
        if not lines:
            raise LabError(f"pace said: {self._load.tail()}")
        report = json.loads(lines[-1])
        expect(report["completed"] > self._seconds * _RATE / 2, f"too little load: {report}")
        return report

    def kill(self, process, program):
        """kill -9 of one program that a `seine run` started."""
        os.kill(self.mesh.child(process, program), signal.SIGKILL)


def _told(report):
    return (f"{report['completed']} answered, {report['failed']} failed, p99 "
            f"{report['latency_us']['p99'] / 1000:.1f} ms")


@e2e("SIGTERM of each of three pods in turn under load, each started again, fails no request",
     seconds=120)
def rolling_restart(binaries):
    with Standalone(binaries) as mesh:
        service = _Service(mesh.start_up())
        service.begin_load(20)
        for index in range(_REPLICAS):
            pod = service.pods[index]
            pod.signal(signal.SIGTERM)
            code = pod.wait(20)
            expect(code == 143, f"the pod ended with {code}: {pod.tail()}")
            service.pods[index] = service.start()
            time.sleep(2)
        report = service.report()
        expect(report["failed"] == 0, f"{report['failed']} failed: {report['failures']}")
        return _told(report)


@e2e("kill -9 of the controller under load, away for 20 s, fails no request; it is back by itself",
     seconds=120)
def controller_killed(binaries):
    with Standalone(binaries) as mesh:
        service = _Service(mesh.start_up())
        service.begin_load(26)
        # Again and again, so that it is away for so long.
        killed = 0
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                service.kill(mesh.up, "seine-controller")
                killed += 1
            except LabError:
                pass
            time.sleep(0.05)
        report = service.report()
        expect(killed >= 3, f"it was killed {killed} times")
        expect(report["failed"] == 0, f"{report['failed']} failed: {report['failures']}")
        mesh.wait_answers(f"http://web:{_PORT}/")
        return f"killed {killed} times; {_told(report)}"


# Looks its peer up for each request, which takes a connection of its own.
_LOOKING_UP = f"""
import http.client, json, socket, sys, time
done, unknown, failed, longest = 0, [], [], 0.0
end = time.monotonic() + float(sys.argv[1])
while time.monotonic() < end:
    start = time.monotonic()
    try:
        found = socket.getaddrinfo("web", {_PORT}, socket.AF_INET, socket.SOCK_STREAM)
    except OSError as error:
        unknown.append(str(error))
        continue
    longest = max(longest, time.monotonic() - start)
    try:
        connection = http.client.HTTPConnection(found[0][4][0], {_PORT}, timeout=10)
        connection.request("GET", "/", headers={{"Host": "web"}})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        if answer.status == 200:
            done += 1
        else:
            failed.append(answer.status)
    except OSError as error:
        failed.append(str(error))
    time.sleep(0.01)
print(json.dumps({{"done": done, "unknown": unknown, "failed": failed,
                  "longest_lookup": longest}}), flush=True)
"""


@e2e("while the controller hangs for 5 s and is then killed again and again for 20 s, a program"
     " that looks its peer up for every request finds it every time, and is answered", seconds=150)
def names_without_controller(binaries):
    with Standalone(binaries) as mesh:
        mesh.start_up()
        mesh.run("web", [*mesh.server, "0.0.0.0", str(_PORT)], "--port", str(_PORT))
        mesh.wait_answers(f"http://web:{_PORT}/")
        customer = mesh.run("customer", [PYTHON, "-c", _LOOKING_UP, "32"])
        time.sleep(3)
        hung = mesh.child(mesh.up, "seine-controller")
        os.kill(hung, signal.SIGSTOP)
        time.sleep(5)
        os.kill(hung, signal.SIGCONT)
        killed = 0
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                os.kill(mesh.child(mesh.up, "seine-controller"), signal.SIGKILL)
                killed += 1
            except (LabError, ProcessLookupError):
                pass
            time.sleep(0.05)
        customer.wait(40)
        lines = [line for line in customer.log().splitlines() if line.startswith("{")]
        expect(lines, f"it said {customer.tail()}")
        report = json.loads(lines[-1])
        expect(killed >= 3, f"it was killed {killed} times")
        expect(report["done"] > 500, f"too few: {report}")
        expect(not report["unknown"] and not report["failed"], f"{report}")
        # Whoever joins once it is back is found by name as well.
        mesh.run("late", [*mesh.server, "0.0.0.0", str(_PORT)], "--port", str(_PORT))
        mesh.wait_answers(f"http://late:{_PORT}/")
        return (f"killed {killed} times; {report['done']} looked up and answered, the longest"
                f" lookup {report['longest_lookup'] * 1000:.0f} ms")


@e2e("kill -9 of one of three programs, then of another one's proxy, fails at most the requests in"
     " hand; the proxy is started again and serves", seconds=120)
def replica_and_proxy_killed(binaries):
    with Standalone(binaries) as mesh:
        service = _Service(mesh.start_up())
        service.begin_load(14)
        service.kill(service.pods[0], "responder")
        expect(service.pods[0].wait(20) == 137, service.pods[0].tail())
        time.sleep(3)
        service.kill(service.pods[1], "seine-proxy")
        time.sleep(4)
        expect(service.pods[1].is_running(), f"the pod ended: {service.pods[1].tail()}")
        report = service.report()
        # Open loop: what one connection has in hand is one request.
        expect(report["failed"] <= 2 * _CONNECTIONS,
               f"{report['failed']} failed: {report['failures']}")
        return _told(report)


_REQUESTS = 50
_CUSTOMER = f"""
import http.client, time
connection = http.client.HTTPConnection("web", {_PORT}, timeout=10)
for number in range({_REQUESTS}):
    connection.request("GET", "/")
    connection.getresponse().read()
print("all answered", flush=True)
time.sleep(600)
"""


@e2e("what the proxy of a pod had counted is not lost when its seine run is killed, and the proxy"
     " with it, before anything was reported: up finds its ledger and delivers it", seconds=180)
def counts_survive_a_kill(binaries):
    with Standalone(binaries) as mesh:
        mesh.start_up("--report-every", "60s")
        mesh.run("web", [*mesh.server, "127.0.0.1", str(_PORT)], "--port", str(_PORT))
        mesh.wait_answers(f"http://web:{_PORT}/")
        customer = mesh.run("customer", [PYTHON, "-c", _CUSTOMER])
        wait_until(lambda: "all answered" in customer.log(), 30, "the customer's last answer")

        def counted():
            """Requests to web, as their callers saw them, of all who have told."""
            done = mesh.seine("stat", "--dir", mesh.dir, "svc/web", "-t", "10m", "-o", "json")
            expect(done.returncode == 0, done.stderr)
            return sum(row["requests"] for row in json.loads(done.stdout))
        before = wait_until(counted, 30, "what the pod that asked first had counted")
        customer.kill()
        # They are shown when all who run have told of this time: after a minute at most.
        wait_until(lambda: counted() == before + _REQUESTS, 75, f"{_REQUESTS} counted requests")
        time.sleep(6)  # nobody delivers them twice, and they outlive the pod
        expect(counted() == before + _REQUESTS, f"{counted()} counted, {before} before")


# Looks the name up anew each time, and has a connection for each request.
_SEEKER = f"""
import time, urllib.request
while True:
    try:
        with urllib.request.urlopen("http://late:{_PORT}/", timeout=5) as answer:
            answer.read()
        print("late answered", flush=True)
        break
    except OSError as error:
        print("not yet:", error, flush=True)
        time.sleep(0.2)
time.sleep(600)
"""


def _start_again(mesh, programs):
    """A new `up` after the old one ended, which finds that many programs."""
    mesh.start_up()
    expect(f"took over the network of programs that still run programs=\"{programs}\""
           in mesh.up.log(), f"up said: {mesh.up.log()}")


def _take_over(binaries, uid):
    with Standalone(binaries, uid) as mesh:
        service = _Service(mesh.start_up())
        seeker = mesh.run("seeker", [PYTHON, "-c", _SEEKER])
        wait_until(lambda: "not yet" in seeker.log(), 20, "the seeker's first look")
        service.begin_load(20)
        mesh.up.signal(signal.SIGKILL)
        mesh.up.wait(5)
        refused = mesh.seine("up", "--dir", mesh.dir, "--network", "10.211.0.0/16")
        expect(refused.returncode == 64 and refused.stderr.count("\n") == 1
               and "still run" in refused.stderr, f"{refused.returncode}: {refused.stderr!r}")
        _start_again(mesh, _REPLICAS + 2)
        # A new program reaches old ones, and an old one the new.
        mesh.wait_answers(f"http://web:{_PORT}/")
        mesh.run("late", [*mesh.server, "0.0.0.0", str(_PORT)], "--port", str(_PORT))
        wait_until(lambda: "late answered" in seeker.log(), 20, "an old program's way to a new one")
        report = service.report()
        expect(report["failed"] == 0, f"{report['failed']} failed: {report['failures']}")
        # By Ctrl-C, and more than once.
        mesh.up.signal(signal.SIGINT)
        expect(mesh.up.wait(20) == 0, mesh.up.tail())
        _start_again(mesh, _REPLICAS + 2)
        mesh.wait_answers(f"http://late:{_PORT}/")
        done = mesh.seine("check", "--dir", mesh.dir, "--proxy")
        expect(done.returncode == 0, f"check: {done.stdout}{done.stderr}")
        return _told(report)


@e2e("kill -9 of seine up under load: no request fails, and the next seine up takes the programs"
     " that run over: new ones reach them and they reach new ones", seconds=150)
def up_killed(binaries):
    return _take_over(binaries, 0)


@e2e("as an ordinary user the next seine up takes the programs that run over, too", seconds=150)
def up_killed_without_root(binaries):
    return _take_over(binaries, STRANGER)


@e2e("a program that waited for the controller while seine up was killed and started again is told"
     " to be run again, at once, where nobody lived in the old network", seconds=60)
def joins_late(binaries):
    with Standalone(binaries) as mesh:
        mesh.start_up()
        # Until it is away for some seconds.
        while mesh.up.log().count("the controller ended") < 6:
            os.kill(mesh.child(mesh.up, "seine-controller"), signal.SIGKILL)
            time.sleep(0.05)
        late = mesh.run("late", ["true"])
        wait_until(lambda: "waiting for the controller" in late.log(), 20, "the wait of seine run")
        mesh.up.signal(signal.SIGKILL)
        mesh.up.wait(5)
        began = time.monotonic()
        mesh.start_up()
        code = late.wait(20)
        expect(code == 125 and "was started anew meanwhile" in late.log(),
               f"exit {code}: {late.log()}")
        expect(time.monotonic() - began < 10, "it took too long")
        expect(mesh.run_to_end(["true"], "--name", "again").returncode == 0, "no program joins")


def _cut_off(binaries, uid):
    with Standalone(binaries, uid) as mesh:
        mesh.start_up()
        server = [*mesh.server, "0.0.0.0", str(_PORT)]
        cut_off = [mesh.run("web", server, "--port", str(_PORT)) for _ in range(2)]
        mesh.wait_answers(f"http://web:{_PORT}/")
        for process in cut_off:
            process.signal(signal.SIGSTOP)
        mesh.up.signal(signal.SIGKILL)
        mesh.up.wait(5)
        mesh.start_up()
        expect("did not say which network they are in" in mesh.up.log(), mesh.up.log())
        for process in cut_off:
            process.signal(signal.SIGCONT)
        began = time.monotonic()
        wait_until(lambda: all("start it again" in process.log() for process in cut_off), 10,
                   "the sentence of both")
        took = time.monotonic() - began
        time.sleep(2)
        done = mesh.seine("check", "--dir", mesh.dir, "--proxy")
        expect(done.returncode == 1 and done.stdout.count("default/web-") >= 2
               and "not ready" in done.stdout,
               f"exit {done.returncode}: {done.stdout}{done.stderr}")
        # One that runs is called, and only that.
        mesh.run("web", server, "--port", str(_PORT))
        mesh.wait_answers(f"http://web:{_PORT}/")
        for number in range(6):
            answer = mesh.curl(f"http://web:{_PORT}/", "-f", "-o", "/dev/null")
            expect(answer.returncode == 0, f"request {number}: {answer.stderr}")
        expect(all(process.is_running() for process in cut_off), "a program was ended")
        expect(all(process.log().count("start it again") == 1 for process in cut_off),
               f"{[process.log() for process in cut_off]}")
        return f"both said so {took:.1f} s after they went on"


@e2e("programs whose seine run was stopped while seine up was killed and started again are left in"
     " the old network: once they go on they are in no service, and say so", seconds=90)
def stopped_while_up_is_killed(binaries):
    return _cut_off(binaries, 0)


@e2e("as an ordinary user, too, programs that were stopped while seine up was started again leave"
     " their services", seconds=90)
def stopped_while_up_is_killed_without_root(binaries):
    return _cut_off(binaries, STRANGER)

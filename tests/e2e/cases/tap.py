# SPDX-License-Identifier: Apache-2.0
"""`seine tap`: requests seen as they pass, by whoever may, and at nobody's cost."""

import json
import re
import signal
import time

from harness import e2e, expect
from lab.process import wait_until
from lab.standalone import PYTHON, STRANGER, Standalone

# Asks for /warm again and again; on SIGUSR1 for /count/0 to /count/N-1 by four threads, and says
# how many were answered.
_CLIENT = """
import concurrent.futures, http.client, signal, sys, time
go = []
signal.signal(signal.SIGUSR1, lambda *_: go.append(1))

def ask(path):
    connection = http.client.HTTPConnection("web", 8080, timeout=20)
    connection.request("GET", path, headers={"authorization": "Bearer hunter2", "x-plain": "seen"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status == 200

while not go:
    try:
        ask("/warm?card=4111")
    except OSError:
        pass
    time.sleep(0.05)
count = int(sys.argv[1])
with concurrent.futures.ThreadPoolExecutor(4) as pool:
    answered = sum(pool.map(ask, (f"/count/{n}" for n in range(count))))
print(f"answered {answered} of {count}", flush=True)
time.sleep(60)
"""


class Shop:
    """web, which answers, and client, which asks for it."""

    def __init__(self, binaries, count=0, uid=0):
        self.mesh = Standalone(binaries, uid)
        self.count = count
        self.client = None
        self.web = None

    def __enter__(self):
        self.mesh.__enter__()
        self.mesh.start_up()
        self.web = self.mesh.run("web", [*self.mesh.server, "0.0.0.0", "8080"], "--port", "8080")
        self.client = self.mesh.run("client", [PYTHON, "-c", _CLIENT, str(self.count)])
        self.mesh.wait_answers("http://web:8080/")
        return self

    def __exit__(self, *why):
        return self.mesh.__exit__(*why)

    def tap(self, *words, seconds=30):
        return self.mesh.seine("tap", "--dir", self.mesh.dir, *words, seconds=seconds)

    def start_tap(self, *words):
        """A tap that runs, and has seen something."""
        tap = self.mesh.start("tap", "tap", "--dir", self.mesh.dir, *words)
        wait_until(lambda: "/warm" in tap.log(), 20, "the first event of a tap")
        return tap

    def finish(self):
        """The counted requests, all answered."""
        self.client.signal(signal.SIGUSR1)
        said = wait_until(lambda: re.search(r"answered (\d+) of (\d+)", self.client.log()), 60,
                          "the client's count")
        expect(int(said[1]) == self.count,
               f"{said[0]}: {self.client.tail()} {self.web.tail()}")


def _events(text):
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


@e2e("seine tap shows a request, its answer and its end, from the proxy it leaves and from the one"
     " it reaches, over mutual TLS; wide names both ends")
def what_a_tap_shows(binaries):
    with Shop(binaries) as shop:
        done = shop.tap("deploy/web", "--limit", "2", "-o", "wide")
        expect(done.returncode == 0, f"exit {done.returncode}: {done.stderr!r}")
        flow = (r" id=\d+:\d+ proxy=in  src=[0-9.]+:\d+ dst=[0-9.]+:8080 tls=true")
        names = r" src_res=deploy/client src_ns=default dst_res=deploy/web dst_ns=default\n"
        for pattern in (f"req{flow} :method=GET :authority=web:8080 :path=/warm\\?card=\\*\\*\\*"
                        f"{names}",
                        f"rsp{flow} :status=200 latency=\\d+µs{names}",
                        f"end{flow} duration=\\d+µs response-length=1024B{names}"):
            expect(re.search(pattern, done.stdout), f"{pattern} is not in {done.stdout}")
        done = shop.tap("deploy/client", "--limit", "1", "--to", "svc/web")
        expect(re.search(r"^req id=\d+:\d+ proxy=out src=[0-9.]+:\d+ dst=[0-9.]+:8080 tls=true ",
                         done.stdout), f"from the client: {done.stdout!r} {done.stderr!r}")
        for words in (("svc/web",), ("ns/default",), ("po", "-A"), ("deploy", "web"),
                      ("deploy/web", "--method", "GET", "--path", "/wa")):
            done = shop.tap(*words, "--limit", "1")
            expect(done.returncode == 0 and done.stdout.startswith("req id="),
                   f"{words}: exit {done.returncode}, {done.stdout!r}, {done.stderr!r}")
        done = shop.tap("deploy/web", "--method", "POST", "--for", "1s")
        expect(done.returncode == 0 and done.stdout == "", f"--method POST: {done.stdout!r}")


@e2e("an ordinary user taps a mesh of his own in the same way")
def without_root(binaries):
    with Shop(binaries, uid=STRANGER) as shop:
        done = shop.tap("deploy/web", "--limit", "1")
        expect(done.returncode == 0 and " tls=true " in done.stdout,
               f"exit {done.returncode}, {done.stdout!r}, {done.stderr!r}")


@e2e("a program that asks another pod's proxy for a tap does so by its own identity, and is"
     " refused")
def wrong_identity(binaries):
    with Shop(binaries) as shop:
        done = shop.tap("deploy/web", "--limit", "1")
        address = re.search(r" dst=([0-9.]+):8080", done.stdout)[1]
        # A gRPC frame with ObserveRequest{limit=1}.
        ask = (r"printf '\000\000\000\000\002\010\001' | curl -sS -i -m 10 --http2-prior-knowledge"
               " -H 'content-type: application/grpc' -H 'te: trailers' --data-binary @-"
               f" http://{address}:4190/io.linkerd.proxy.tap.Tap/Observe")
        done = shop.mesh.run_to_end(["sh", "-c", ask], "--name", "spy")
        expect("grpc-status: 16" in done.stdout and "spy.default.serviceaccount" in done.stdout,
               f"a stranger was told {done.stdout!r} {done.stderr!r}")
        expect(re.search(r"refused a tap.*spy\.default", shop.web.log()), shop.web.tail())


@e2e("credentials and query values are masked before they leave the controller, unless asked for;"
     " who watched is in its log")
def secrets(binaries):
    with Shop(binaries) as shop:
        done = shop.tap("deploy/web", "-o", "json", "--limit", "1")
        request = _events(done.stdout)[0]["requestInitEvent"]
        # web tells in a header of its own what it was asked: that is not ours to mask.
        expect("hunter2" not in str(request) and "4111" not in str(request), f"{request}")
        headers = {header["name"]: header["valueStr"] for header in request["headers"]}
        expect(headers["authorization"] == "***" and headers["x-plain"] == "seen", f"{headers}")
        done = shop.tap("deploy/web", "-o", "json", "--limit", "1", "--show-secrets")
        request = str(_events(done.stdout)[0]["requestInitEvent"])
        expect("hunter2" in request and "card=4111" in request, request)
        log = shop.mesh.up.log()
        expect(re.search(r'a tap begins.*uid 0.*deployment/web in default.*redacted', log)
               and re.search(r'a tap begins.*uid 0.*shown', log), shop.mesh.up.tail())


@e2e("a word that is wrong ends in one sentence: a resource that is not there names the nearest, no"
     " mesh says how to start one, flags exit 64; Ctrl-C exits 0")
def wrong_words(binaries):
    with Shop(binaries) as shop:
        for words, code, sentence in (
                (("deploy/wep",), 1, "did you mean web?"),
                (("deploy/web", "--to", "svc/wbe"), 1, "did you mean web?"),
                (("deploy/web", "-n", "nowhere"), 1,
                 'there is no deployment "web" in namespace nowhere'),
                (("depoly/web",), 64, "did you mean deploy?"), ((), 64, "RESOURCE"),
                (("deploy/web", "--max-rps", "-1"), 64, "--max-rps"),
                (("deploy/web", "--for", "yesterday"), 64, "--for"),
                (("deploy/web", "--limit", "0"), 64, "--limit")):
            done = shop.tap(*words)
            expect(done.returncode == code and sentence in done.stderr
                   and done.stderr.count("\n") == 1 and not done.stdout,
                   f"{words}: exit {done.returncode}, {done.stdout!r}, {done.stderr!r}")
        done = shop.mesh.seine("tap", "--dir", shop.mesh.home + "/nothing", "deploy/web")
        expect(done.returncode == 1 and "seine up" in done.stderr,
               f"without a mesh: exit {done.returncode}, {done.stderr!r}")
        tap = shop.start_tap("deploy/web")
        tap.signal(signal.SIGINT)
        expect(tap.wait(10) == 0, f"Ctrl-C: exit {tap.popen.returncode}: {tap.tail()}")


@e2e("under load one tap sees every request once, another one is stopped and never reads, and every"
     " request is answered", seconds=120)
def under_load(binaries):
    with Shop(binaries, count=1000) as shop:
        seen = shop.start_tap("deploy/web", "-o", "json", "--max-rps", "100000")
        stalled = shop.start_tap("deploy/web", "-o", "json", "--max-rps", "100000")
        stalled.signal(signal.SIGSTOP)
        began = time.monotonic()
        shop.finish()
        took = time.monotonic() - began

        def paths():
            return [event["requestInitEvent"]["path"] for event in _events(seen.log())
                    if "/count/" in event.get("requestInitEvent", {}).get("path", "")]
        wait_until(lambda: len(paths()) >= shop.count, 20, "all requests in the tap")
        expect(sorted(paths()) == sorted(f"/count/{n}" for n in range(shop.count)),
               f"{len(paths())} of {shop.count} requests were shown")
        stalled.signal(signal.SIGCONT)
        stalled.kill()
        return f"{shop.count} requests in {took:.1f} s"


@e2e("a tap follows pods that come")
def follows_pods(binaries):
    with Shop(binaries) as shop:
        tap = shop.mesh.start("tap", "tap", "--dir", shop.mesh.dir, "deploy/web", "-o", "wide",
                              "--max-rps", "1000")
        wait_until(lambda: "/warm" in tap.log(), 20, "the first event")
        shop.mesh.run("web", [*shop.mesh.server, "0.0.0.0", "8080"], "--port", "8080")

        def pods():
            return set(re.findall(r"^req .* dst=([0-9.]+):8080", tap.log(), re.M))
        wait_until(lambda: len(pods()) == 2, 30, "events of the second pod")
        expect(tap.is_running(), tap.tail())

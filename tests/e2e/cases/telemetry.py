# SPDX-License-Identifier: Apache-2.0
"""What proxies count arrives, each request once, whatever happens to proxies and receivers."""

import signal
import time

from harness import e2e, expect
from lab.applications import start_http_server, start_responder, start_tcp_server
from lab.load import Load
from lab.mesh import GREETS_PORT, HTTP_PORT, SERVICE_IP, Mesh
from lab.process import wait_until
from lab.telemetry import Sink

CONNECTIONS = 16


class _Counted:
    """A mesh whose two proxies report to receivers of their own."""

    def __init__(self, binaries, start_server=None, **changes):
        self._changes = changes
        self.mesh = Mesh(binaries)
        self.mesh.start_controller()
        self.sinks = {name: Sink(self.mesh, name).start() for name in self.mesh.workloads}
        for name in self.mesh.workloads:
            self.start_proxy(name)
        where = self.mesh["s"], self.mesh["s"].ipv4, HTTP_PORT
        if start_server is None:
            start_responder(where[0], binaries, *where[1:])
        else:
            start_server(*where)
        for name in self.mesh.workloads:
            self.mesh.wait_ready(name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.mesh.close()

    def start_proxy(self, name, redirect=True):
        return self.mesh.start_proxy(name, redirect=redirect, **self.sinks[name].environment,
                                     **self._changes)

    def load(self, seconds, rate=0):
        return Load(self.mesh["c"], self.mesh.binaries, SERVICE_IP, 80, seconds, rate, CONNECTIONS)

    def end(self, name):
        process = self.mesh.proxies[name]
        process.signal(signal.SIGTERM)
        code = process.wait(15)
        expect(code == 0, f"the proxy of {name} ended with {code}: {process.tail()}")

    def curl(self, count, path="/", host=None, seconds=5):
        for _ in range(count):
            self.mesh["c"].run(["curl", "-s", "-o", "/dev/null", "-m", str(seconds),
                                f"http://{host or SERVICE_IP}{path}"], seconds + 5)


def _expect_equal(one, other, what):
    expect(one == other, f"{what}: {one} and {other}")


@e2e("what two proxies counted of a mixed load, and sent until they ended, is what the client's"
     " metrics say and what the server's say; nobody is missed and nobody counted twice",
     seconds=90)
def counts_are_equal(binaries):
    with _Counted(binaries) as lab:
        report = lab.load(4).report()
        expect(report["completed"] > 500, f"too little load to tell anything: {report}")
        lab.curl(20, "/missing")
        # Nobody listens there: what the caller saw, and nothing that reached the other side.
        lab.curl(5, host=f"{lab.mesh['s'].ipv4}:{HTTP_PORT + 7}")
        left = lab.mesh.metrics("web").sum("request_total", direction="outbound")
        arrived = lab.mesh.metrics("server").sum("request_total", direction="inbound")
        expect(lab.mesh.metrics("web").sum("seine_telemetry_buckets_acknowledged_total") > 0,
               "nothing was acknowledged while the proxy ran")
        for name in ("web", "server"):
            lab.end(name)
        web, server = lab.sinks["web"], lab.sinks["server"]
        sent = web.count(direction="OUTBOUND")
        got = server.count(direction="INBOUND")
        _expect_equal(sent, left, "requests of the client by telemetry and by metrics")
        _expect_equal(got, arrived, "requests to the server by telemetry and by metrics")
        _expect_equal(sent, got, "requests that were sent and that arrived")
        _expect_equal(server.count(cause="connect refused"), 5,
                      "requests that the server's application refused")
        _expect_equal(web.count(http_status=502), 5, "answers of 502 to the client")
        row = web.rows(direction="OUTBOUND", http_status=200)[0]
        _expect_equal((row["target"]["service"], row["target"]["namespace"], row["target"]["port"],
                       row["peer"]["workload"], row["peer"]["pod"], row["upgraded"]),
                      ("server", "demo", 80, "server", "server-0", True), "a row of the client")
        row = server.rows(direction="INBOUND", http_status=200)[0]
        _expect_equal(row["peer"]["identity"], lab.mesh.workloads["web"].identity,
                      "the caller, as the server's proxy knows it")
        for name, sink in lab.sinks.items():
            _expect_equal(sink.gaps(), [], f"sequences that {name}'s receiver missed")
            _expect_equal(sink.ledgers_left(), [], f"ledgers that {name} left")
        return f"{sent} requests sent, {got} received"


@e2e("an answer that the client gives up in its midst counts once on either side, as cancelled,"
     " with the status that it had", seconds=60)
def given_up(binaries):
    with _Counted(binaries, start_http_server) as lab:
        lab.curl(3, "/held?bytes=20000", seconds=0.5)
        lab.curl(2)
        time.sleep(0.5)
        for name in ("web", "server"):
            lab.end(name)
        for name, direction in (("web", "OUTBOUND"), ("server", "INBOUND")):
            sink = lab.sinks[name]
            _expect_equal(sink.count(direction=direction), 5, f"{direction} requests")
            _expect_equal(sink.count(direction=direction, cause="cancelled", http_status=200), 3,
                          f"{direction} requests that were given up")


@e2e("several workers count into one ledger: their rows are one row, and none is lost when the"
     " proxy is told to end under load", seconds=60)
def several_workers(binaries):
    with _Counted(binaries, CORES="2", SHUTDOWN_GRACE_PERIOD="1s") as lab:
        load = lab.load(3)
        time.sleep(2)
        lab.end("web")
        load.report()
        lab.end("server")
        web, server = lab.sinks["web"], lab.sinks["server"]
        sent, got = web.count(direction="OUTBOUND"), server.count(direction="INBOUND")
        expect(sent > 200, f"too little load to tell anything: {sent}")
        expect(abs(sent - got) <= CONNECTIONS, f"{sent} were sent and {got} arrived")
        for line in web.lines():
            keys = [(row["http_status"], row["cause"]) for row in line["bucket"]["http"]
                    if row["direction"] == "OUTBOUND"]
            _expect_equal(len(keys), len(set(keys)), "rows of a bucket and their keys")
        for name, sink in lab.sinks.items():
            _expect_equal(sink.gaps(), [], f"sequences that {name}'s receiver missed")
            _expect_equal(sink.ledgers_left(), [], f"ledgers that {name} left")
        return f"{sent} sent, {got} arrived"


@e2e("a receiver that is away for a while misses nothing: buckets arrive when it is back, without a"
     " gap, and what it had before is not counted again", seconds=60)
def receiver_away(binaries):
    with _Counted(binaries) as lab:
        load = lab.load(6, rate=400)
        time.sleep(1.5)
        sink = lab.sinks["server"]
        sink.stop()
        time.sleep(3)
        sink.start()
        load.report()

        def all_here():
            metrics = lab.mesh.metrics("server")
            return metrics.sum("seine_telemetry_buckets_pending") == 0 and \
                sink.count() == metrics.sum("response_total", direction="inbound")
        wait_until(all_here, 15, "the receiver having everything")
        _expect_equal(sink.gaps(), [], "sequences that the receiver missed")
        _expect_equal(lab.mesh.metrics("server").sum("seine_telemetry_buckets_dropped_total"), 0,
                      "buckets that were dropped")


@e2e("kill -9 of a proxy under load loses no request that it had counted, with its receiver away:"
     " the next proxy of the folder delivers the ledger and removes it", seconds=60)
def killed_proxy(binaries):
    with _Counted(binaries) as lab:
        sink = lab.sinks["server"]
        load = lab.load(3)
        time.sleep(0.5)
        sink.stop()
        time.sleep(1.2)
        lab.mesh.proxies["server"].kill()
        _expect_equal(len(sink.ledgers_left()), 1, "ledgers of the killed proxy")
        load.report()
        # Each of these was answered, so the server's proxy had counted it before it was killed.
        wait_until(lambda: lab.mesh.metrics("web").sum(
            "seine_telemetry_buckets_pending") == 0, 10, "the client's proxy having reported")
        lab.end("web")
        seen = lab.sinks["web"].count(direction="OUTBOUND", http_status=200, cause="")
        sink.start()
        lab.start_proxy("server", redirect=False)
        lab.mesh.wait_ready("server")
        wait_until(lambda: len(sink.ledgers_left()) == 1 and len(sink.boots()) == 2, 10,
                   "the ledger of the killed proxy being delivered")
        dead = [boot for boot in sink.boots()
                if sink.count(boot=boot, direction="INBOUND") > 0]
        _expect_equal(len(dead), 1, "lives that counted requests")
        counted = sink.count(boot=dead[0], direction="INBOUND", http_status=200, cause="")
        expect(seen <= counted <= seen + CONNECTIONS,
               f"the client saw {seen} answers, the ledger has {counted}, and {CONNECTIONS} at "
               f"most were under way")
        expect(seen > 100, f"too little load to tell anything: {seen}")
        _expect_equal(sink.gaps(), [], "sequences that are missing")
        return f"{counted} counted, {seen} seen by the client"


@e2e("raw connections are counted with their bytes, open ones in every bucket", seconds=60)
def raw_connections(binaries):
    with _Counted(binaries) as lab:
        start_tcp_server(lab.mesh["s"], lab.mesh["s"].ipv4, GREETS_PORT, "greets")
        lab.mesh["c"].run(["curl", "-s", "-m", "2",
                           f"telnet://{lab.mesh['s'].ipv4}:{GREETS_PORT}"], 10)
        for name in ("web", "server"):
            lab.end(name)
        for name, direction in (("web", "OUTBOUND"), ("server", "INBOUND")):
            rows = lab.sinks[name].rows("tcp", direction=direction)
            _expect_equal(sum(row["opened"] for row in rows), 1, f"{direction} connections opened")
            _expect_equal(sum(row["closed"] for row in rows), 1, f"{direction} connections closed")
            moved = sum(row["read_bytes"] + row["written_bytes"] for row in rows)
            expect(moved > 0, f"no bytes of the {direction} connection")

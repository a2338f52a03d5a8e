# SPDX-License-Identifier: Apache-2.0
"""Story S4: a request that carries a trace is seen at each proxy that it crosses."""

import base64
import json
import threading
import time

from harness import e2e, expect
from lab.applications import start_http_server
from lab.mesh import HTTP_PORT, SERVICE_IP, Mesh
from lab.process import wait_until
from lab.traces import Collector

_TRACE = "0af7651916cd43dd8448eb211c80319c"
_CLIENT = "b7ad6b7169203331"


class _Traced:
    """A mesh whose two proxies send spans to collectors of their own."""

    def __init__(self, binaries, **changes):
        self.mesh = Mesh(binaries)
        self.mesh.start_controller()
        self.collectors = {name: Collector(self.mesh, name).start()
                           for name in self.mesh.workloads}
        for name, collector in self.collectors.items():
            self.mesh.start_proxy(name, **collector.environment, **changes)
        start_http_server(self.mesh["s"], self.mesh["s"].ipv4, HTTP_PORT)
        for name in self.mesh.workloads:
            self.mesh.wait_ready(name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.mesh.close()

    def get(self, path, *headers):
        """What the server saw: its request's headers; None where it does not say."""
        flags = [word for header in headers for word in ("-H", header)]
        done = self.mesh["c"].run(["curl", "-s", "-m", "10", "-D", "-", "-o", "/dev/null", *flags,
                                   f"http://{SERVICE_IP}{path}"], 15)
        expect(" 200 " in done.stdout.split("\n")[0], f"{path}: {done.stdout[:200]}")
        seen = [line for line in done.stdout.splitlines() if line.lower().startswith("x-seen: ")]
        return json.loads(seen[0][8:])["headers"] if seen else None

    def spans_of(self, trace, count=1):
        """Those of the client's proxy and those of the server's."""
        return (self.collectors["web"].wait_for(count, trace),
                self.collectors["server"].wait_for(count, trace))


def _expect_chain(spans, client, last):
    """From the client's span over the two proxies to what the server was told."""
    (outbound,), (inbound,) = spans
    expect(outbound["kind"] == "SPAN_KIND_CLIENT" and inbound["kind"] == "SPAN_KIND_SERVER",
           f"kinds {outbound['kind']}, {inbound['kind']}")
    expect(outbound["parentSpanId"] == client, f"outbound's parent is {outbound['parentSpanId']}")
    expect(inbound["parentSpanId"] == outbound["spanId"],
           f"inbound's parent is {inbound['parentSpanId']}, not {outbound['spanId']}")
    expect(last == inbound["spanId"], f"the server was told {last}, not {inbound['spanId']}")
    expect(int(outbound["startTimeUnixNano"]) <= int(inbound["startTimeUnixNano"]) <=
           int(inbound["endTimeUnixNano"]), "the inbound side began before the outbound side")


@e2e("of a request with W3C's, B3's or OpenCensus's header both proxies tell a span, each the child"
     " of the one before, and the server hears of the last; what is unsampled is passed on as it"
     " came", seconds=90)
def each_format(binaries):
    with _Traced(binaries) as lab:
        seen = lab.get("/w3c?secret=1", f"traceparent: 00-{_TRACE}-{_CLIENT}-01",
                       "tracestate: vendor=x")
        spans = lab.spans_of(_TRACE)
        _expect_chain(spans, _CLIENT, seen["traceparent"].split("-")[2])
        expect(seen["tracestate"] == "vendor=x", f"tracestate {seen['tracestate']}")
        inbound = spans[1][0]
        wanted = {"url.path": "/w3c", "http.request.method": "GET", "direction": "inbound",
                  "http.response.status_code": "200", "authority": SERVICE_IP,
                  "client.id": lab.mesh.workloads["web"].identity, "tls": "true"}
        got = {key: inbound["attributes"].get(key) for key in wanted}
        expect(got == wanted, f"attributes {inbound['attributes']}")
        expect(spans[0][0]["attributes"].get("server.id") == lab.mesh.workloads["server"].identity,
               f"outbound's attributes {spans[0][0]['attributes']}")
        expect(inbound["resource"]["service.name"] == "server", f"{inbound['resource']}")

        trace = "11" * 16
        seen = lab.get("/b3", f"b3: {trace}-{_CLIENT}-1")
        spans = lab.spans_of(trace)
        _expect_chain(spans, _CLIENT, seen["b3"].split("-")[1])

        trace = "463ac35c9f6413ad"
        seen = lab.get("/b3-multi", f"x-b3-traceid: {trace}", f"x-b3-spanid: {_CLIENT}",
                       "x-b3-sampled: 1")
        _expect_chain(lab.spans_of(f"{'0' * 16}{trace}"), _CLIENT, seen["x-b3-spanid"])
        expect(seen["x-b3-traceid"] == trace, f"{seen}")

        trace = "22" * 16
        octets = bytes([0, 0]) + bytes.fromhex(trace) + b"\1" + bytes.fromhex(_CLIENT) + b"\2\1"
        seen = lab.get("/bin", f"grpc-trace-bin: {base64.b64encode(octets).decode()}")
        told = base64.b64decode(seen["grpc-trace-bin"] + "==")
        _expect_chain(lab.spans_of(trace), _CLIENT, told[19:27].hex())

        before = [len(each.spans()) for each in lab.collectors.values()]
        parent = f"00-{'33' * 16}-{_CLIENT}-00"
        seen = lab.get("/unsampled", f"traceparent: {parent}")
        expect(seen["traceparent"] == parent, f"unsampled became {seen['traceparent']}")
        expect("traceparent" not in lab.get("/untraced"), "a trace was started")
        time.sleep(1)
        expect([len(each.spans()) for each in lab.collectors.values()] == before,
               "spans of what is unsampled")


@e2e("of a request that asks several queries one sees how long each of them took", seconds=60)
def each_query(binaries):
    with _Traced(binaries) as lab:
        def ask(path):
            lab.get(path, f"traceparent: 00-{_TRACE}-{_CLIENT}-01")

        slow = threading.Thread(target=ask, args=("/held",))
        slow.start()
        ask("/quick")
        time.sleep(0.7)
        lab.get("/release")
        slow.join()
        told = []
        for spans in lab.spans_of(_TRACE, 2):
            took = {span["attributes"]["url.path"]:
                    (int(span["endTimeUnixNano"]) - int(span["startTimeUnixNano"])) / 1e9
                    for span in spans}
            expect(took["/held"] > 0.5 > took["/quick"] > 0, f"took {took}")
            told.append(f"/quick {took['/quick'] * 1000:.1f} ms, /held {took['/held']:.2f} s")
        return "; ".join(told)


@e2e("a collector that is away costs spans, which are counted, and no request; when it is back"
     " spans come again", seconds=90)
def collector_away(binaries):
    with _Traced(binaries) as lab:
        lab.collectors["web"].stop()
        trace = "44" * 16
        for _ in range(20):
            lab.get("/", f"traceparent: 00-{trace}-{_CLIENT}-01")
        lab.collectors["server"].wait_for(20, trace)

        def dropped():
            return lab.mesh.metrics("web").sum("seine_trace_dropped_spans_total") >= 20
        wait_until(dropped, 30, "dropped spans being counted")
        lab.collectors["web"].start()
        trace = "55" * 16

        def comes_again():
            lab.get("/", f"traceparent: 00-{trace}-{_CLIENT}-01")
            return lab.collectors["web"].spans(trace)
        wait_until(comes_again, 30, "spans coming again", every=0.5)


@e2e("traces are started where that is asked for, once for a request that crosses two proxies")
def started(binaries):
    with _Traced(binaries, SEINE_PROXY_TRACE_START_RATIO="1") as lab:
        seen = lab.get("/")
        version, trace, span, flags = seen["traceparent"].split("-")
        expect((version, flags) == ("00", "03"), f"{seen['traceparent']}")
        _expect_chain(lab.spans_of(trace), "", span)

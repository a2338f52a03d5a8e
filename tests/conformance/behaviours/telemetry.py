# SPDX-License-Identifier: Apache-2.0
"""What the metrics say of HTTP. Connections and bytes are in telemetry_tcp.py."""

import gzip
import json
import re
import time

from behaviours import http1, http2
from behaviours.answers import add, endpoint, no_endpoints
from behaviours.control_plane import says
from behaviours.frame import case, expect, expect_equal
from behaviours.http1 import response
from behaviours.http2 import answer
from behaviours.world import ADMIN_PORT, CLIENT_ID, SERVER_ID, World


def open_world(binaries):
    return World(binaries)


class _Way:
    """Traffic that one proxy sees alone, and what is counted of it."""

    def __init__(self, world, direction, respond=None, version=1):
        self.world, self.direction = world, direction
        make = world.http1_app if version == 1 else world.http2_app
        self.app = make(respond, member="o" if direction == "outbound" else "s")
        self.proxy = "client" if direction == "outbound" else "server"
        self.labels = {"direction": direction, "target_addr": f"{self.app.host}:{self.app.port}"}
        self.service = None
        if direction == "outbound":
            self.service = world.service().balanced(endpoint(self.app))

    def client(self, version=1):
        if self.service:
            return self.service.http1() if version == 1 else self.service.http2()
        kind = http1.Client if version == 1 else http2.Client
        return kind(self.world["o"], self.app.host, self.app.port)

    def expect(self, wanted, metric, **labels):
        self.world.wait_metric(self.proxy, wanted, metric, **self.labels, **labels)


def _ways(world, respond=None, version=1):
    return [_Way(world, direction, respond, version) for direction in ("inbound", "outbound")]


@case("request count", "request_total counts requests, one by one, inbound and outbound")
def requests(world):
    for way in _ways(world):
        way.expect(0, "request_total")
        with way.client() as client:
            client.ask()
            way.expect(1, "request_total")
            for _ in range(4):
                client.ask()
        way.expect(5, "request_total")


@case("response count", "response_total counts answers by status, with a class")
def responses(world):
    for way in _ways(world, lambda request, _: response(int(request.target[1:]), b"")):
        with way.client() as client:
            for status in (200, 200, 404, 500, 503, 503):
                client.ask(f"/{status}")
        for status, count, said in (("200", 2, "success"), ("404", 1, "success"),
                                    ("500", 1, "failure"), ("503", 2, "failure")):
            way.expect(count, "response_total", status_code=status, classification=said)
        way.expect(6, "response_total")
        way.expect(0, "response_total", classification="failure", status_code="404")


@case("labels", "requests have the labels of endpoint, TLS and policy")
def labels(world):
    app = world.http1_app(member="s")
    target = f"{app.host}:{app.port}"
    service = world.service().balanced(world.meshed(app, labels={"pod": "p"}))
    service.ask()
    world.wait_metric("client", 1, "request_total", direction="outbound", target_addr=target,
                      target_ip=app.host, target_port=str(app.port), tls="true",
                      server_id=SERVER_ID, authority=service.path, dst_pod="p")
    world.wait_metric("server", 1, "request_total", direction="inbound", target_addr=target,
                      tls="true", client_id=CLIENT_ID, srv_name="all-unauthenticated",
                      srv_kind="default",
                      srv_port=str(app.port), authz_name="all-unauthenticated",
                      route_name="default")
    plain = _Way(world, "inbound")
    with plain.client() as client:
        client.ask()
    plain.expect(1, "request_total", tls="no_identity", no_tls_reason="no_tls_from_remote")
    outbound = _Way(world, "outbound")
    with outbound.client() as client:
        client.ask()
    outbound.expect(1, "request_total", tls="no_identity",
                    no_tls_reason="not_provided_by_service_discovery")


def _grpc(status, where):
    def respond(stream):
        stream.wait()
        head = [("content-type", "application/grpc")]
        told = [("grpc-status", str(status))] if status is not None else []
        if where == "head":
            answer(stream, 200, headers=head + told)
        else:
            answer(stream, 200, b"\0\0\0\0\0", head, told or [("x", "y")])
    return respond


@case("gRPC classification", "a gRPC answer is classed by its status, in the head or in the"
      " trailers")
def grpc(world):
    for where in ("head", "trailers"):
        for status, said in ((0, "success"), (5, "success"), (2, "failure"), (4, "failure"),
                             (7, "failure"), (13, "failure"), (14, "failure"), (15, "failure")):
            for way in _ways(world, _grpc(status, where), version=2):
                with way.client(2) as client:
                    client.ask("/svc/method", "POST", [("content-type", "application/grpc")], b"")
                way.expect(1, "response_total", grpc_status=str(status), classification=said,
                           status_code="200")


@case("gRPC classification", "a gRPC answer without a status counts as a success")
def grpc_without_status(world):
    for way in _ways(world, _grpc(None, "trailers"), version=2):
        with way.client(2) as client:
            client.ask("/svc/method", "POST", [("content-type", "application/grpc")], b"")
        way.expect(1, "response_total", classification="success")


@case("errors", "an answer that is reset is counted as a failure with its reason")
def reset(world):
    def respond(stream):
        stream.send_head([(":status", "200")])
        stream.send(b"a")
        stream.cancel(2)
    for way in _ways(world, respond, version=2):
        with way.client(2) as client:
            client.ask()
        way.expect(1, "response_total", classification="failure")


@case("latency buckets", "response_latency_ms has Linkerd's buckets, and an answer lies in the one"
      " of its delay")
def latency(world):
    def respond(request, _):
        time.sleep(int(request.target[1:]) / 1000)
        return response(200, b"a")
    wanted = ("1 2 3 4 5 10 20 30 40 50 100 200 300 400 500 1000 2000 3000 4000 5000 10000 20000"
              " 30000 40000 50000 +Inf").split()
    for way in _ways(world, respond):
        with way.client() as client:
            for delay in (0, 520, 250):
                client.ask(f"/{delay}")
        way.expect(3, "response_latency_ms_count", status_code="200")
        found = world.metrics(way.proxy).matching("response_latency_ms_bucket", **way.labels)
        buckets = {}
        for labels, value in found:
            bound = labels["le"].removesuffix(".0")
            buckets[bound] = buckets.get(bound, 0) + value
        expect_equal(sorted(buckets), sorted(wanted), "buckets")
        expect_equal([buckets["200"], buckets["1000"], buckets["+Inf"]], [1, 3, 3],
                     f"{way.direction}: up to 200, 1000 and any ms")
        expect(buckets["500"] == 2, f"up to 500 ms there are {buckets['500']}, not 2")
        total = world.metrics(way.proxy).sum("response_latency_ms_sum", **way.labels)
        expect(770 <= total < 1200, f"the sum is {total} ms, not a little over 770")


@case("latency buckets", "latency ends with the first frame of the body, not with the last")
def latency_of_stream(world):
    def respond(stream):
        stream.send_head([(":status", "200")])
        stream.send(b"first")
        time.sleep(0.6)
        stream.send(b"last", end=True)
    for way in _ways(world, respond, version=2):
        with way.client(2) as client:
            client.ask()
        way.expect(1, "response_latency_ms_count")
        way.expect(1, "response_latency_ms_bucket", le="500")


@case("dst labels: address", "labels of an address come as dst_ labels")
def address_labels(world):
    way = _Way(world, "outbound")
    way.service.balanced(endpoint(way.app, labels={"addr_label1": "foo", "addr_label2": "bar"}))
    with way.client() as client:
        client.ask()
    for metric in ("request_total", "response_total", "response_latency_ms_count"):
        way.expect(1, metric, dst_addr_label1="foo", dst_addr_label2="bar")


@case("dst labels: set", "labels of a set of addresses come as dst_ labels, and the address's win")
def set_labels(world):
    way = _Way(world, "outbound")
    way.service.balanced(endpoint(way.app, labels={"both": "address", "mine": "a"}),
                         labels={"both": "set", "set_label": "b"})
    with way.client() as client:
        client.ask()
    way.expect(1, "request_total", dst_both="address", dst_mine="a", dst_set_label="b")
    way.expect(0, "request_total", dst_both="set")


@case("dst labels: updates", "labels that change hold for the requests after, of addresses and of"
      " sets")
def label_updates(world):
    for first, second in (
            (lambda app: add(endpoint(app, labels={"l": "one"})),
             lambda app: add(endpoint(app, labels={"l": "two"}))),
            (lambda app: add(endpoint(app), labels={"l": "one"}),
             lambda app: add(endpoint(app), labels={"l": "two"}))):
        way = _Way(world, "outbound")
        way.service.balanced()
        way.service.plane.on("Get", way.service.path, says(first(way.app)))
        with way.client() as client:
            client.ask()
            way.expect(1, "request_total", dst_l="one")
            way.service.update(second(way.app))
            time.sleep(0.3)
            for _ in range(2):
                client.ask()
        way.expect(1, "request_total", dst_l="one")
        way.expect(2, "request_total", dst_l="two")


@case("errors: failfast", "what the proxy answers itself is in *_http_errors_total by its cause,"
      " not in request_total")
def proxy_errors(world):
    way = _Way(world, "outbound")
    way.service.balanced(failfast=0.2)
    way.service.plane.on("Get", way.service.path, says(no_endpoints(True)))
    before = world.metrics("client").sum("outbound_http_errors_total", error="failfast")
    with way.client() as client:
        expect_equal(client.ask().status, 504, "status")
    world.wait_metric("client", before + 1, "outbound_http_errors_total", error="failfast")
    way.expect(0, "request_total")


@case("compression", "metrics are compressed for who accepts gzip, and are the same")
def compression(world):
    plain = world.admin("client", "/metrics")
    packed = world.admin("client", "/metrics", headers=[("accept-encoding", "deflate, gzip")])
    expect_equal((plain.get("content-encoding"), packed.get("content-encoding")), (None, "gzip"),
                 "content-encoding")
    text = gzip.decompress(packed.body).decode()
    expect(len(packed.body) < len(plain.body) / 2, "it is not much smaller")

    def names(body):
        return {line.split(" ")[2] for line in body.splitlines() if line.startswith("# TYPE")}
    expect_equal(names(text), names(plain.body.decode()), "families")


@case("format", "labels are well-formed, and the text ends with # EOF")
def well_formed(world):
    for proxy in ("client", "server"):
        answered = world.admin(proxy, "/metrics")
        expect(answered.get("content-type").startswith("text/plain"), answered.get("content-type"))
        text = answered.body.decode()
        expect(text.endswith("# EOF\n"), f"it ends with {text[-30:]!r}")
        sample = re.compile(r'[a-zA-Z_:][\w:]*(\{(\w+="([^"\\]|\\.)*"(,(?!\})|(?=\})))*\})? \S+')
        bad = [line for line in text.splitlines()
               if not line.startswith("#") and not sample.fullmatch(line)]
        expect(not bad, f"ill-formed: {bad[:3]}")


@case("env.json", "/env.json has the variables of the proxy, or those asked for, null for what is"
      " not set")
def env(world):
    told = json.loads(world.admin("client", "/env.json").body)
    expect_equal(told.get("LINKERD2_PROXY_IDENTITY_LOCAL_NAME"), CLIENT_ID, "all variables")
    told = json.loads(world.admin(
        "client", "/env.json?LINKERD2_PROXY_INBOUND_IPS&LINKERD2_PROXY_NOT_SET").body)
    expect_equal(told, {"LINKERD2_PROXY_INBOUND_IPS": world["c"].ipv4,
                        "LINKERD2_PROXY_NOT_SET": None}, "two variables")


@case("admin over HTTP/2", "the admin port answers HTTP/2, too")
def admin_http2(world):
    with http2.Client(world["c"], "127.0.0.1", ADMIN_PORT) as client:
        stream = client.ask("/metrics")
        expect_equal(stream.status, 200, "status")
        expect(b"# EOF" in stream.body, "no metrics")


@case("process and build", "metrics say what the process uses, and when its certificate ends")
def process(world):
    metrics = world.metrics("client")
    seen = metrics.sum("process_resident_memory_bytes")
    expect(1e6 < seen < 1e9, f"resident memory is {seen}")
    started = metrics.sum("process_start_time_seconds")
    expect(0 <= time.time() - started < 600, f"it started at {started}, now is {time.time()}")
    expires = metrics.sum("control_identity_cert_expiration_timestamp_seconds")
    expect(abs(expires - time.time() - 86400) < 600, f"the certificate ends at {expires}")
    expect(metrics.matching("proxy_build_info"), "there is no proxy_build_info")

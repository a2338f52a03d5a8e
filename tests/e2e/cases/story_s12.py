# SPDX-License-Identifier: Apache-2.0
"""Story S12: why did it fail? Metric, tap, log and header say it alike, never "unclassified"."""

import json
import re
import sys

from harness import e2e, expect
from lab.applications import peer, start_listener
from lab.certificates import make_authority, make_leaf
from lab.mesh import HTTP_PORT, Mesh, usual_workloads
from lab.metrics import Metrics
from lab.process import wait_until
from lab.standalone import PYTHON, Standalone

# What the server does, the stage with its name, and what the system said of it.
_FAILURES = (("/reset", "read error", "ECONNRESET"),
             ("/close", "unexpected end of stream", ""),
             ("/garbage", "protocol error", ""),
             ("/cut", "unexpected end of stream", ""),
             ("/break", "read error", "ECONNRESET"))
_BEFORE_THE_HEAD = ("/reset", "/close", "/garbage")


def _label(name, cause):
    return f"{name} {cause}" if cause else name


def _says(text, name, cause, address):
    """Whether it is that stage, of that peer, and what the system said."""
    return text.startswith(f"{name}: ") and address in text and text.endswith(cause)


@e2e("a request that its server fails has the same cause in the answer's header, in the log and in"
     " the metrics of the proxy that saw it: the stage, the peer and what the system said",
     seconds=90)
def header_log_and_metric(binaries):
    with Mesh(binaries, usual_workloads(False)).start(LOG="info") as mesh:
        address = f"{mesh['s'].ipv4}:{HTTP_PORT}"
        start_listener(mesh["s"], "failing", HTTP_PORT, [
            sys.executable, peer("failing_server.py"), mesh["s"].ipv4, HTTP_PORT])
        cases = [(f"{address}{path}", name, cause) for path, name, cause in _FAILURES
                 if path in _BEFORE_THE_HEAD]
        cases.append((f"{mesh['s'].ipv4}:9/", "connect refused", "ECONNREFUSED"))
        for url, name, cause in cases:
            done = mesh["c"].run(["curl", "-sS", "-m", "5", "-D", "-", "-o", "/dev/null",
                                  f"http://{url}"])
            said = re.search(r"^l5d-proxy-error: (.*?)\r?$", done.stdout, re.M | re.I)
            expect(" 502 " in done.stdout and said, f"{url}: {done.stdout}{done.stderr}")
            peer_address = url.split("/", maxsplit=1)[0]
            expect(_says(said[1], name, cause, peer_address), f"{url}: {said[1]}")
            expect(said[1] in mesh.proxies["web"].log(),
                   f"{said[1]!r} is not in the log: {mesh.proxies['web'].tail()}")
            counted = mesh.metrics("web").sum("response_total", error=_label(name, cause))
            expect(counted >= 1, f"{url}: no response_total has error={_label(name, cause)!r}")
        errors = {labels["error"] for labels, _ in mesh.metrics("web").matching("response_total")}
        expect("unclassified" not in errors, f"{errors}")


@e2e("a server's proxy whose certificate has expired: the client is told the stage and the alert,"
     " as log and metrics are", seconds=90)
def the_alert_of_tls(binaries):
    with Mesh(binaries) as mesh:
        mesh.start_controller()
        mesh.start_proxy("web", LOG="info")
        mesh.wait_ready("web")
        mesh.copy_issuer("issuer")
        make_authority(mesh.directory, "other", "somebody else")
        make_leaf(mesh.directory, "old", mesh.workloads["server"].identity, "issuer", True)
        start_listener(mesh["s"], "impostor", HTTP_PORT, [
            sys.executable, peer("tls_server.py"), mesh["s"].ipv4, HTTP_PORT,
            mesh.path("old.pem")])
        done = mesh["c"].run(["curl", "-sS", "-m", "5", "-D", "-", "-o", "/dev/null",
                              f"http://{mesh['s'].ipv4}:{HTTP_PORT}/"])
        said = re.search(r"^l5d-proxy-error: (.*?)\r?$", done.stdout, re.M | re.I)
        expect(said and said[1].startswith("tls handshake error: ")
               and said[1].endswith(": certificate_expired"), f"{done.stdout}{done.stderr}")
        expect(said[1] in mesh.proxies["web"].log(), mesh.proxies["web"].tail())
        expect(mesh.metrics("web").sum("outbound_http_errors_total",
                                       error="tls handshake error") == 1, "it is not counted")


@e2e("a tap shows why a request failed, in the words of the metrics, also of one that broke off"
     " behind its head")
def tap_and_metric(binaries):
    with Standalone(binaries) as mesh:
        mesh.start_up()
        mesh.run("web", [PYTHON, peer("failing_server.py"), "0.0.0.0", "8080"],
                 "--port", "8080")
        mesh.wait_answers("http://web:8080/")
        urls = [f"http://web:8080{path}" for path, _, _ in _FAILURES]
        ask = "; ".join(f"curl -sS -m 5 -o /dev/null {url}" for url in urls)
        # Again and again: a tap sees what comes once it is there.
        mesh.run("asker", ["sh", "-c", f"while true; do {ask}; sleep 0.2; done"])
        tap = mesh.start("tap", "tap", "--dir", mesh.dir, "deploy/web", "-o", "json")
        wait_until(lambda: len(_ends(tap.log())) == len(urls), 20,
                   f"the ends of {len(urls)} kinds of requests")
        said = _ends(tap.log())
        metrics = Metrics(mesh.curl("http://web:8080/proxy-metrics").stdout)
        for path, name, cause in _FAILURES:
            expect(_says(said[path], name, cause, ":8080"), f"{path}: {said[path]!r}")
            counted = metrics.sum("response_total", direction="inbound",
                                  error=_label(name, cause))
            expect(counted >= 1, f"{path}: no response_total has {_label(name, cause)!r}")


def _ends(text):
    """{path: why it failed} of the requests whose beginning and end are in a tap's lines."""
    paths, said = {}, {}
    for line in text.splitlines():
        # The last line may be written in part.
        if not (line.startswith("{") and line.endswith("}")):
            continue
        event = json.loads(line)
        if "requestInitEvent" in event:
            paths[_id(event, "requestInitEvent")] = event["requestInitEvent"]["path"]
        elif "responseEndEvent" in event and _id(event, "responseEndEvent") in paths:
            path = paths[_id(event, "responseEndEvent")]
            if path != "/":
                said[path] = event["responseEndEvent"].get("error", "")
    return said


def _id(event, kind):
    identity = event[kind]["id"]
    return identity["base"], identity["stream"]

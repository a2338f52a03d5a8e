# SPDX-License-Identifier: Apache-2.0
"""The access log: a line for each request that came in, whatever it says and whoever reads it."""

import json
import os
import re
import time

from harness import e2e, expect
from lab.applications import start_http_server
from lab.mesh import HTTP_PORT, SERVICE_IP, Mesh
from lab.netns import PROXY_UID
from lab.process import wait_until

# As a client may send it: quotes, a backslash, a byte that is no text.
_AGENT = 'odd"agent\\ \udcff'


def _curl(mesh, path, *flags, host=SERVICE_IP):
    return mesh["c"].run(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-m", "5", *flags,
                          f"http://{host}{path}"], 10).stdout


def _lines(mesh, count, begins):
    """The lines of the server's proxy that begin so, once there are `count`."""
    def found():
        lines = [line for line in mesh.proxies["server"].log().splitlines()
                 if line.startswith(begins)]
        return lines if len(lines) >= count else None
    lines = wait_until(found, 5, f"{count} lines that begin with {begins}")
    expect(len(lines) == count, f"{len(lines)} lines, not {count}: {lines}")
    return lines


def _mesh(binaries, **server):
    mesh = Mesh(binaries)
    mesh.start_controller()
    mesh.start_proxy("web")
    mesh.start_proxy("server", **server)
    start_http_server(mesh["s"], mesh["s"].ipv4, HTTP_PORT)
    for name in mesh.proxies:
        mesh.wait_ready(name)
    return mesh


@e2e("a request is a line of JSON with Linkerd's fields, what a client writes stays within its"
     " value, and what the proxy itself answers is there as well")
def json_lines(binaries):
    with _mesh(binaries, ACCESS_LOG="json") as mesh:
        expect(_curl(mesh, "/a?b=c", "-A", _AGENT, "-d", "hello",
                     "-H", "x-b3-traceid: 463ac35c9f6413ad") != "000", "no answer")
        away = f"{mesh['s'].ipv4}:{HTTP_PORT + 7}"
        expect(_curl(mesh, "/", host=away) == "502", "the application is not there")
        first, second = (json.loads(line) for line in _lines(mesh, 2, '{"client.addr"'))
        expect(sorted(first) == sorted([
            "client.addr", "client.id", "host", "method", "processing_ns", "request_bytes",
            "response_bytes", "status", "timestamp", "total_ns", "trace_id", "uri", "user_agent",
            "version"]), f"fields {sorted(first)}")
        wanted = {"client.id": mesh.workloads["web"].identity, "host": SERVICE_IP, "method": "POST",
                  "request_bytes": "5", "trace_id": "463ac35c9f6413ad", "version": "HTTP/2.0",
                  "uri": f"http://{SERVICE_IP}/a?b=c", "user_agent": 'odd"agent\\ \ufffd'}
        for key, value in wanted.items():
            expect(first[key] == value, f"{key} is {first[key]!r}, not {value!r}")
        expect(0 < int(first["processing_ns"]) <= int(first["total_ns"]), f"times of {first}")
        expect(second["status"] == 502 and second["host"] == away, f"of our own answer: {second}")


@e2e("in the apache format a request is Linkerd's line, and quotes and bytes that are no text are"
     " escaped")
def apache_lines(binaries):
    with _mesh(binaries, ACCESS_LOG="apache") as mesh:
        code = _curl(mesh, '/a"b', "-A", _AGENT)
        line, = _lines(mesh, 1, f"{mesh['c'].ipv4}:")
        wanted = (rf'{re.escape(mesh["c"].ipv4)}:\d+ {re.escape(mesh.workloads["web"].identity)} - '
                  r'\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\] '
                  rf'"GET http://{re.escape(SERVICE_IP)}/a\\"b HTTP/2.0" {code}')
        expect(re.fullmatch(wanted, line), f"{line!r} is not {wanted}")


@e2e("the fields that were asked for are written, and of a sample of none only the failures")
def fields_and_sample(binaries):
    with _mesh(binaries, ACCESS_LOG="json", SEINE_PROXY_ACCESS_LOG_SAMPLE="0",
               SEINE_PROXY_ACCESS_LOG_FIELDS="env=lab,status,error,header:x-team,total_ns") as mesh:
        for _ in range(5):
            _curl(mesh, "/")
        _curl(mesh, "/", "-H", "x-team: blue", host=f"{mesh['s'].ipv4}:{HTTP_PORT + 7}")
        line = json.loads(_lines(mesh, 1, '{"env"')[0])
        expect(line.pop("total_ns") > 0, "it took no time")
        expect(line == {"env": "lab", "status": 502, "error": "connect refused",
                        "header.x-team": "blue"}, f"{line}")


@e2e("a standard error that nobody reads costs lines, which are counted, and never a request",
     seconds=90)
def full_pipe(binaries):
    with Mesh(binaries) as mesh:
        mesh.start_controller()
        mesh.start_proxy("web")
        fifo = mesh.path("stderr")
        os.mkfifo(fifo)
        os.chmod(fifo, 0o666)
        reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        try:
            environment = mesh.proxy_environment("server")
            environment["LINKERD2_PROXY_ACCESS_LOG"] = "json"
            binary = mesh.install(os.path.join(binaries, "seine-proxy"))
            mesh.proxies["server"] = mesh["s"].start(
                "proxy-server", ["sh", "-c", f"exec {binary} 2>{fifo}"], uid=PROXY_UID,
                env=environment)
            mesh["s"].redirect()
            start_http_server(mesh["s"], mesh["s"].ipv4, HTTP_PORT)
            for name in mesh.proxies:
                mesh.wait_ready(name)
            return _flood(mesh, reader)
        finally:
            os.close(reader)


def _read_all(reader):
    """Until nothing came for a second."""
    text, last = bytearray(), time.monotonic()
    while time.monotonic() < last + 1:
        try:
            text += os.read(reader, 65536)
            last = time.monotonic()
        except BlockingIOError:
            time.sleep(0.001)
    return bytes(text)


def _flood(mesh, reader):
    # Long lines, so that few of them fill what waits; failures, so that the log itself is full too.
    url = f"http://{mesh['s'].ipv4}:{HTTP_PORT + 7}/{'x' * 2000}?[1-6000]"
    done = mesh["c"].run(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}\\n", "-m", "40",
                          "--parallel", "--parallel-max", "20", url], 60)
    codes = done.stdout.split()
    expect(codes.count("502") == 6000, f"{len(codes)} answers, {codes.count('502')} of them 502")
    expect(_curl(mesh, "/") != "000", "the application cannot be reached any more")
    dropped = mesh.metrics("server").sum("seine_access_log_dropped_lines_total")
    expect(dropped > 0, "nothing was dropped: the pipe was never full")

    text = _read_all(reader)
    _curl(mesh, "/again")
    text += _read_all(reader)
    expect(b"/again" in text, "a reader that comes back does not read on")
    whole = [line for line in text.splitlines() if line.startswith(b'{"client.addr"')]
    for line in whole:
        json.loads(line)
    return f"{len(whole)} lines read, {dropped:.0f} dropped"

# SPDX-License-Identifier: Apache-2.0
"""Clients that know nothing of us, and how each is told to ask what cases.py names."""

import re
import shutil
from dataclasses import dataclass

from lab.process import LabError

from cases import EVERYONE, FIRST, GRPC_REQUESTS, MIB, TRAILERS
from programs import build, java_classes, node, peer, python
from websocket_cases import REQUESTS as WEBSOCKET_REQUESTS, USUAL

_SECONDS = 60


@dataclass
class Client:
    """`speaks`: the Server's port it asks ("first", "second", "grpc", "websocket"). `find()`: the
    program, None where it is missing, which `wants` then names. `run(lab, space, program, base,
    names)` gives {case: None or why it failed}."""

    name: str
    speaks: str
    cases: set
    wants: str
    find: object
    run: object


def _told(done, names):
    """What a client of ours said of its cases."""
    said = dict.fromkeys(names, f"it said nothing: {(done.stderr or done.stdout)[-800:]}")
    for line in done.stdout.splitlines():
        verdict, _, rest = line.partition(" ")
        name, _, why = rest.partition(" ")
        if verdict in ("ok", "FAIL") and name in said:
            said[name] = None if verdict == "ok" else why or "it failed"
    return said


def _programs(*words, scheme="http://"):
    """A client that takes WORDS, the address of a server and the names of cases."""
    def run(_lab, space, program, base, names):
        place = scheme + base.removeprefix("http://")
        return _told(space.run([*program, *words, place, *names], _SECONDS), names)
    return run


def _each(case):
    """A client that is started for every case: case(lab, space, program, base, name) returns None
    or why not."""
    def run(lab, space, program, base, names):
        said = {}
        for name in names:
            try:
                said[name] = case(lab, space, program, base, name)
            except LabError as error:
                said[name] = str(error)
        return said
    return run


def _differs(done, wanted, *marks):
    """None, or in what its output is not `wanted`; `marks` must be in what it said of headers."""
    if done.returncode != 0:
        return f"exit {done.returncode}: {done.stderr[-300:]}"
    if wanted is not None and done.stdout != wanted:
        return (f"{len(done.stdout)} bytes came instead of {len(wanted)}, or others:"
                f" {done.stderr[-300:]}")
    said = done.stderr if wanted is not None else done.stdout
    absent = [mark for mark in marks if mark not in said.lower()]
    return f"no `{absent[0]}` in {said[-500:]}" if absent else None


def _curl(*flags):
    def case(lab, space, program, base, name):
        one, mib = f"@{lab.path('static', 'one')}", f"@{lab.path('static', 'mib')}"
        post = ["-H", "Expect:", "-H", "Content-Type: text/plain", "--data-binary"]
        path, options, wanted, marks = {
            "one": ("/one", [], "a", [" 200"]),
            "mib": ("/mib", [], MIB, [" 200"]),
            "chunked": ("/chunked", [], MIB, [" 200"]),
            "post_one": ("/echo", [*post, one], "a", [" 200"]),
            "post_mib": ("/echo", [*post, mib], MIB, [" 200"]),
            "post_chunked": ("/echo", ["-X", "POST", "-H", "Expect:", "-T", "-"], MIB, [" 200"]),
            "head": ("/mib", ["-I", "-o", "/dev/null"], "", [" 200", "content-length: 1048576"]),
            "nothing": ("/nothing", [], "", [" 204"]),
            "same": ("/same", [], "", [" 304"]),
            "hints": ("/hints", [], "a", [" 103", "link: </style.css>", " 200"]),
            "cut": ("/cut", [], None, [" 200"]),
            "cut_chunked": ("/cut-chunked", [], None, [" 200"]),
            "early": ("/early", [*post, f"@{lab.path('static', 'large')}"], None, [" 413"]),
            "trailers": ("/trailers", [], MIB, [" 200", "x-end: reached"]),
            "expect_continue": ("/echo", [*post[2:], mib, "-H", "Expect: 100-continue",
                                          "--expect100-timeout", "15"],
                                MIB, [" 100 continue", " 200"]),
            "client_close": ("/one", ["-H", "Connection: close", f"{base}/one"], "aa",
                             ["connection: close"]),
            "server_close": ("/close", [f"{base}/one"], "aa", []),
            "fifty": ("/one?[1-50]", [], "a" * 50, []),
        }[name]
        if name == "early":
            options += ["-o", "/dev/null"]
        stdin = MIB if name == "post_chunked" else None
        # -v tells heads, but not trailers of HTTP/1; -D tells all.
        done = space.run([program, "-sSv", "-D", "/dev/stderr", "-m", "20", *flags, *options,
                          f"{base}{path}"], _SECONDS, stdin=stdin)
        if name.startswith("cut"):
            if done.returncode == 0:
                return f"{len(done.stdout)} bytes were taken for all"
            done.returncode, done.stdout = 0, done.stderr
        elif wanted is None:
            done.stdout = done.stderr
        return _differs(done, wanted, *marks)
    return _each(case)


def _nghttp(lab, space, program, base, name):
    one, mib = lab.path("static", "one"), lab.path("static", "mib")
    path, options, wanted, marks = {
        "one": ("/one", [], "a", []),
        "mib": ("/mib", [], MIB, []),
        "chunked": ("/chunked", [], MIB, []),
        "post_one": ("/echo", ["-d", one], "a", []),
        "post_mib": ("/echo", ["-d", mib], MIB, []),
        "post_chunked": ("/echo", ["--no-content-length", "-d", mib], MIB, []),
        "expect_continue": ("/echo", ["--expect-continue", "-d", mib], MIB, []),
        "head": ("/mib", ["-nv", "-H", ":method: HEAD"], None,
                 [":status: 200", "content-length: 1048576"]),
        "nothing": ("/nothing", ["-nv"], None, [":status: 204"]),
        "same": ("/same", ["-nv"], None, [":status: 304"]),
        "hints": ("/hints", ["-nv"], None, [":status: 103", "link: </style.css>", ":status: 200"]),
        "cut": ("/cut", ["-nv"], None, [":status: 200", "recv rst_stream"]),
        "cut_chunked": ("/cut-chunked", ["-nv"], None, [":status: 200", "recv rst_stream"]),
        "early": ("/early", ["-nv", "-d", lab.path("static", "large")], None, [":status: 413"]),
        "trailers": ("/trailers", ["-nv"], None, [":status: 200", "x-end: reached"]),
        "send_trailers": ("/echo", ["-nv", "--no-content-length", "--trailer",
                                    "x-end: reached", "-d", mib], None,
                          [":status: 200", "x-trailer: reached"]),
        "server_close": ("/close", [f"{base}/one"], "aa", []),
        "fifty": ("/one", ["-m", "50"], "a" * 50, []),
    }[name]
    done = space.run([program, "--no-dep", "-t", "20", *options, f"{base}{path}"], _SECONDS)
    if wanted is None:
        # It colours what it says, between name and value too.
        done.stdout = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)
    return _differs(done, wanted, *marks)


def _h2load(*flags):
    def case(lab, space, program, base, name):
        count, path, options = {
            "one": (1, "/one", ["-c", "1"]),
            "mib": (1, "/mib", ["-c", "1"]),
            "post_mib": (1, "/echo", ["-c", "1", "-d", lab.path("static", "mib")]),
            "fifty": (50, "/one", ["-c", "1", "-m", "1"]),
            "crowd": (500, "/one", ["-c", "10", "-m", "5"]),
        }[name]
        done = space.run([program, "-n", count, *flags, *options, f"{base}{path}"], _SECONDS)
        good = f"{count} succeeded, 0 failed, 0 errored, 0 timeout" in done.stdout
        return None if good else (done.stdout + done.stderr)[-600:]
    return _each(case)


def _which(name):
    return lambda: shutil.which(name)


def _go(package):
    def find():
        program = build("go", f"./{package}", f"go_{package}")
        return program and [program]
    return find


def _script(interpreter, name):
    def find():
        program = interpreter()
        return program and [program, peer(name)]
    return find


def _java(name):
    def find():
        classes = java_classes()
        return classes and [shutil.which("java"), "-cp", classes, "-XX:TieredStopAtLevel=1",
                            "-Djdk.httpclient.allowRestrictedHeaders=connection", name]
    return find


_PYTHON_FIRST = EVERYONE | {"client_close"}
_LOAD = {"one", "mib", "post_mib", "fifty", "crowd"}

CLIENTS = [
    Client("curl", "first", EVERYONE | FIRST | {"trailers"}, "curl", _which("curl"),
           _curl("--http1.1")),
    # What has no length ends with its connection, cut or whole.
    Client("curl, HTTP/1.0", "first",
           EVERYONE - {"post_chunked", "fifty", "server_close", "cut_chunked", "hints"}, "curl",
           _which("curl"), _curl("--http1.0")),
    # curl 7.88 cannot use such a connection twice, and gives up when the answer is early, with or
    # without us.
    Client("curl, HTTP/2", "second",
           (EVERYONE | {"trailers"}) - {"fifty", "server_close", "early"}, "curl", _which("curl"),
           _curl("--http2-prior-knowledge")),
    Client("nghttp", "second", EVERYONE | TRAILERS | {"expect_continue"}, "nghttp",
           _which("nghttp"), _each(_nghttp)),
    Client("h2load, HTTP/1.1", "first", _LOAD, "h2load", _which("h2load"), _h2load("--h1")),
    Client("h2load", "second", _LOAD, "h2load", _which("h2load"), _h2load()),
    Client("httpx", "first", _PYTHON_FIRST, "httpx", _script(python, "client_httpx.py"),
           _programs("1")),
    # Until all is sent, this one does not look for an answer.
    Client("httpx, HTTP/2", "second", EVERYONE - {"early"}, "httpx",
           _script(python, "client_httpx.py"), _programs("2")),
    Client("aiohttp", "first", _PYTHON_FIRST | {"expect_continue"}, "aiohttp",
           _script(python, "client_aiohttp.py"), _programs()),
    Client("net/http", "first", EVERYONE | FIRST | TRAILERS, "Go", _go("client"), _programs("1")),
    Client("net/http, HTTP/2", "second", EVERYONE | TRAILERS, "Go", _go("client"), _programs("2")),
    Client("HttpClient", "first", EVERYONE | FIRST, "Java",
           _java("HttpClientCases"), _programs("1")),
    Client("HttpClient, offering an upgrade", "first", EVERYONE | FIRST, "Java",
           _java("HttpClientCases"), _programs("2")),
    Client("grpc-js", "grpc", set(GRPC_REQUESTS), "Node.js", _script(node, "grpc_cases.js"),
           _programs(scheme="")),
]

WEBSOCKET_CLIENTS = [
    Client("ws", "websocket", USUAL | {"fragments"}, "Node.js", _script(node, "websocket_ws.js"),
           _programs(scheme="ws://")),
    Client("websockets", "websocket", set(WEBSOCKET_REQUESTS), "websockets",
           _script(python, "websocket_websockets.py"), _programs(scheme="ws://")),
    Client("aiohttp", "websocket", USUAL, "aiohttp", _script(python, "websocket_aiohttp.py"),
           _programs(scheme="ws://")),
    Client("gorilla", "websocket", USUAL | {"fragments"}, "Go", _go("websocket_client"),
           _programs(scheme="ws://")),
    Client("Java's WebSocket", "websocket", USUAL | {"fragments"}, "Java",
           _java("WebSocketCases"), _programs(scheme="ws://")),
]

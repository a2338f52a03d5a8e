# SPDX-License-Identifier: Apache-2.0
"""Routes that programs declare (`seine run --route`): named where a request leaves and where it
arrives, and nobody's request is lost by them."""

import glob
import json
import os
import signal
import time

from harness import e2e, expect
from lab.applications import node, peer
from lab.process import wait_until
from lab.standalone import PYTHON, Standalone

# Fails POST /purchase, and answers everything else.
_SERVER = """
import http.server

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(503 if (self.command, self.path) == ("POST", "/purchase") else 200)
        self.send_header("content-length", "0")
        self.end_headers()
    do_POST = do_OPTIONS = do_GET
    def log_message(self, *_):
        pass

http.server.ThreadingHTTPServer(("0.0.0.0", 8080), Handler).serve_forever()
"""

# Asks for the same again and again on one connection, and says what it was answered at first.
_CLIENT = """
import http.client, time
said = set()
while True:
    try:
        connection = http.client.HTTPConnection("web", 8080, timeout=20)
        while True:
            for method, path in (("POST", "/purchase"), ("GET", "/purchase"), ("GET", "/cart"),
                                 ("GET", "/cart/7?x=1"), ("GET", "/carts"), ("OPTIONS", "*")):
                connection.request(method, path)
                answer = connection.getresponse()
                answer.read()
                line = f"{method} {path} {answer.status}"
                if line not in said:
                    said.add(line)
                    print(line, flush=True)
            time.sleep(0.1)
    except OSError:
        time.sleep(0.1)
"""

_ECHO = "/seine.test.Echo/Echo"
_CHAT = "/seine.test.Echo/Chat"


def _named(mesh, *words, count=12):
    """{(proxyDirection, method and path without query): route} of some tapped requests."""
    done = mesh.seine("tap", "--dir", mesh.dir, *words, "-o", "json", "--limit", count,
                      "--max-rps", "1000", seconds=60)
    expect(done.returncode == 0, f"tap {words}: exit {done.returncode}, {done.stderr!r}")
    found = {}
    for line in done.stdout.splitlines():
        event = json.loads(line)
        request = event.get("requestInitEvent")
        if request is None:
            continue
        labels = event["routeMeta"]
        route = labels.get("route_name") if labels.get("route_kind") == "HTTPRoute" else None
        path = request["path"].split("?")[0]
        found[event["proxyDirection"], f"{request['method']} {path}"] = route
    return found


def _start_shop(mesh, *routes):
    flags = [word for route in routes for word in ("--route", route)]
    web = mesh.run("web", [PYTHON, "-c", _SERVER], "--port", "8080", *flags)
    mesh.wait_answers("http://web:8080/")
    return web


def _said(client, count):
    lines = wait_until(lambda: (found := client.log().splitlines()) and len(found) >= count
                       and found, 30, "the client's answers")
    return {line.rsplit(" ", 1)[0]: line.rsplit(" ", 1)[1] for line in lines[:count]}


@e2e("a declared route is named by the proxy that a request leaves and by the one it reaches, in"
     " taps and in counts; requests that no route is for are answered as without any",
     seconds=120)
def both_ends(binaries):
    with Standalone(binaries) as mesh:
        mesh.start_up("--report-every", "1s")
        _start_shop(mesh, "purchase=POST:/purchase", "cart=*:/cart/*")
        client = mesh.run("client", [PYTHON, "-c", _CLIENT])
        answers = _said(client, 6)
        expect(answers == {"POST /purchase": "503", "GET /purchase": "200", "GET /cart": "200",
                           "GET /cart/7?x=1": "200", "GET /carts": "200", "OPTIONS *": "200"},
               f"{answers}")
        wanted = {"POST /purchase": "purchase", "GET /purchase": None, "GET /cart": "cart",
                  "GET /cart/7": "cart", "GET /carts": None, "OPTIONS *": None}
        for words, direction in ((("deploy/client",), "OUTBOUND"), (("deploy/web",), "INBOUND")):
            found = {path: route for (side, path), route in _named(mesh, *words).items()
                     if side == direction}
            expect(found == wanted, f"{direction}: {found}")

        def counted():
            files = glob.glob(os.path.join(mesh.dir, "registry", "telemetry", "*.counts"))
            named = 0
            for path in files:
                with open(path, "rb") as file:
                    named += b"gateway.networking.k8s.io/HTTPRoute/purchase" in file.read()
            return named >= 2
        wait_until(counted, 30, "counts of both proxies that name the route")


@e2e("a pod that declares routes names them on connections that are open, the newest pod's word"
     " counts, and when it goes the older pod's counts again", seconds=180)
def live(binaries):
    with Standalone(binaries) as mesh:
        mesh.start_up()
        _start_shop(mesh)
        client = mesh.run("client", [PYTHON, "-c", _CLIENT])
        _said(client, 6)

        def is_named(path, route):
            def look():
                found = _named(mesh, "deploy/client")
                return found.get(("OUTBOUND", path), "none") == route
            wait_until(look, 30, f"{path} counted by {route}")
        is_named("POST /purchase", None)
        first = _start_shop(mesh, "buy=POST:/purchase")
        is_named("POST /purchase", "buy")
        time.sleep(1.1)  # pods of one second are ordered by their names
        newer = _start_shop(mesh, "purchase=POST:/purchase", "carts=GET:/carts")
        is_named("POST /purchase", "purchase")
        is_named("GET /carts", "carts")
        newer.signal(signal.SIGTERM)
        newer.wait(30)
        is_named("POST /purchase", "buy")
        is_named("GET /carts", None)
        expect(first.is_running(), first.tail())
        expect(set(client.log().splitlines()) == set(client.log().splitlines()[:6]),
               f"an answer changed: {client.log()}")


@e2e("calls of gRPC are named by the route of their method, and others go through", seconds=120)
def of_grpc(binaries):
    with Standalone(binaries) as mesh:
        mesh.start_up()
        mesh.run("echo", [node(), peer("grpc_server.js"), "0.0.0.0:9090"], "--port", "9090:grpc",
                 "--route", f"echo=grpc:{_ECHO[1:]}", "--route", "home=GET:/")
        loop = (f"while :; do {node()} {peer('grpc_client.js')} echo:9090 unary hello;"
                f" {node()} {peer('grpc_client.js')} echo:9090 chat 10 50; done")
        caller = mesh.run("caller", ["sh", "-c", loop])
        wait_until(lambda: "chat: " in caller.log() and "unary: " in caller.log(), 60,
                   f"calls that are answered: {caller.tail()}")
        for words, direction in ((("deploy/caller",), "OUTBOUND"), (("deploy/echo",), "INBOUND")):
            found = _named(mesh, *words, count=4)
            expect(found.get((direction, f"POST {_ECHO}")) == "echo"
                   and found.get((direction, f"POST {_CHAT}"), "none") is None,
                   f"{direction}: {found}")


@e2e("a route that cannot be is a sentence and exit 64")
def wrong_words(binaries):
    with Standalone(binaries) as mesh:
        for route, sentence in (("purchase", "NAME=METHOD:PATH"), ("a=POST:x", "a path that opens"),
                                ("A=POST:/x", "a name of"), ("a=post:/x", "a method in capitals")):
            done = mesh.run_to_end(["true"], "--port", "8080", "--route", route)
            expect(done.returncode == 64 and sentence in done.stderr
                   and done.stderr.count("\n") == 1, f"{route}: {done.returncode} {done.stderr!r}")
        done = mesh.run_to_end(["true"], "--route", "a=GET:/")
        expect(done.returncode == 64 and "--port" in done.stderr, done.stderr)

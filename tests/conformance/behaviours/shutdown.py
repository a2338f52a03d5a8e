# SPDX-License-Identifier: Apache-2.0
"""SIGTERM: who is told, who is waited for."""

import threading
import time

from behaviours.answers import endpoint, forward, opaque
from behaviours.control_plane import says
from behaviours.frame import case, expect, expect_equal
from behaviours.http1 import response
from behaviours.http2 import answer
from behaviours.sockets import Listener, connect, read_exactly, read_to_end
from behaviours.world import World
from lab.process import wait_until


def _ends(process, code=0):
    expect_equal(process.wait(10), code, "exit code")


@case("h2 GOAWAY, idle", "an idle HTTP/2 client is told GOAWAY, and the proxy ends")
def goaway_idle(binaries):
    with World(binaries, ["client"]) as world:
        service = world.service().balanced(endpoint(world.http2_app()))
        with service.http2() as client:
            expect_equal(client.ask().status, 200, "before")
            process = world.stop_proxy("client")
            client.wait(lambda: client.goaway, "GOAWAY")
            expect_equal(int(client.goaway.error_code), 0, "GOAWAY's code")
            _ends(process)


@case("h2 GOAWAY, busy", "an HTTP/2 request under way ends whole after GOAWAY")
def goaway_busy(binaries):
    release = threading.Event()

    def respond(stream):
        stream.send_head([(":status", "200")])
        stream.send(b"first ")
        release.wait(10)
        stream.send(b"last", end=True)
    with World(binaries, ["client"]) as world:
        service = world.service().balanced(endpoint(world.http2_app(respond)))
        with service.http2() as client:
            stream = client.start()
            client.wait(lambda: stream.body, "the first bytes")
            process = world.stop_proxy("client")
            client.wait(lambda: client.goaway, "GOAWAY")
            expect(process.is_running(), "the proxy did not wait for the request")
            release.set()
            expect_equal(bytes(stream.wait().body), b"first last", "the answer")
            expect(stream.ended and stream.reset is None, "the answer was broken off")
            _ends(process)


@case("h1 idle close", "an idle HTTP/1 client is closed, a busy one after its answer")
def http1(binaries):
    release = threading.Event()

    def respond(request, _):
        if request.target == "/slow":
            release.wait(10)
        return response(200, b"hello")
    with World(binaries, ["client"]) as world:
        service = world.service().balanced(endpoint(world.http1_app(respond)))
        with service.http1() as idle, service.http1() as busy:
            expect_equal((idle.ask().status, busy.ask().status), (200, 200), "before")
            busy.send("GET /slow HTTP/1.1\r\nhost: a\r\n\r\n")
            time.sleep(0.2)
            process = world.stop_proxy("client")
            expect(idle.is_ended(), "the idle connection goes on")
            expect(process.is_running(), "the proxy did not wait for the request")
            release.set()
            answered = busy.answer()
            expect_equal((answered.status, answered.body), (200, b"hello"), "the busy one's answer")
            expect(busy.is_ended(), "the busy connection goes on")
            _ends(process)


@case("TCP waits", "raw connections run on until they end")
def tcp(binaries):
    def echo(connection):
        while data := connection.recv(100):
            connection.sendall(data)
        connection.close()
    with World(binaries, ["client"]) as world:
        app = world.until_closed(Listener(world["o"], world["o"].ipv4, 0, echo))
        service = world.service()
        service.plane.on("Watch", service.address, says(opaque(forward(endpoint(app)))))
        with connect(world["c"], service.ip, service.port) as client:
            client.sendall(b"before")
            expect_equal(read_exactly(client, 6), b"before", "before")
            process = world.stop_proxy("client")
            time.sleep(1)
            client.sendall(b"after")
            expect_equal(read_exactly(client, 5), b"after", "a second after SIGTERM")
            expect(process.is_running(), "the proxy did not wait")
            client.shutdown(1)
            expect_equal(read_to_end(client), b"", "the rest")
        _ends(process)


@case("no new connections", "who comes after SIGTERM is refused")
def refuses(binaries):
    with World(binaries, ["client"]) as world:
        app = world.http2_app(lambda stream: (time.sleep(1.5), answer(stream.wait(), 200, b"a")))
        service = world.service().balanced(endpoint(app))
        with service.http2() as client:
            stream = client.start()
            wait_until(lambda: app.requests, 5, "the request")
            process = world.stop_proxy("client")
            client.wait(lambda: client.goaway, "GOAWAY")

            def is_refused():
                try:
                    connect(world["c"], service.ip, service.port).close()
                    return False
                except ConnectionRefusedError:
                    return True
            wait_until(is_refused, 1, "the refusal of new connections")
            expect_equal(stream.wait().status, 200, "the request under way")
            _ends(process)


@case("/shutdown", "POST /shutdown ends the proxy where it is allowed, and is 404 where not")
def shutdown_endpoint(binaries):
    with World(binaries, ["client"]) as world:
        expect_equal(world.admin("client", "/shutdown", method="POST", body=b"").status, 404,
                     "not allowed")
    with World(binaries, ["client"], SHUTDOWN_ENDPOINT_ENABLED="true") as world:
        expect(world.admin("client", "/shutdown", method="POST", body=b"").status in (200, 204),
               "allowed")
        _ends(world.proxies["client"])

# SPDX-License-Identifier: Apache-2.0
"""Certificates, readiness, and who may be who."""

import time

from behaviours import http1, http2
from behaviours.answers import endpoint
from behaviours.control_plane import UNAVAILABLE, fails, is_silent
from behaviours.frame import case, expect, expect_equal
from behaviours.sockets import connect, connect_tls
from behaviours.world import CLIENT_ID, SERVER_ID, World
from lab.certificates import make_authority, make_leaf
from lab.process import wait_until

_STRANGER = "stranger.test.serviceaccount.identity.linkerd.cluster.local"


def open_world(binaries):
    return World(binaries)


def _tls(world, app, identity=None, name=SERVER_ID):
    """A connection to the application, through the proxy `server`, from a machine without one."""
    certificate = world.leaf(identity.split(".")[0], identity) if identity else None
    return connect_tls(world["o"], app.host, app.port, name, world.anchors, certificate)


@case("a slow client does not block detection", "a client that says nothing keeps nobody else"
      " waiting")
def slow_client(world):
    app = world.http1_app(member="s")
    slow = [connect(world["o"], app.host, app.port) for _ in range(3)]
    slow[1].sendall(b"\x16\x03\x01")
    slow[2].sendall(b"GE")
    began = time.monotonic()
    with http1.Client(world["o"], app.host, app.port) as client:
        expect_equal(client.ask().status, 200, "of another client")
    with http1.Client(world["o"], app.host, app.port, socket=_tls(world, app)) as client:
        expect_equal(client.ask().status, 200, "of another client by TLS")
    expect(time.monotonic() - began < 2, "others waited for the silent ones")
    slow[2].sendall(b"T / HTTP/1.1\r\nhost: slow\r\n\r\n")
    expect_equal(http1.Reader(slow[2]).message("GET").status, 200, "of the slow one at last")
    for each in slow:
        each.close()


def _gate(binaries, ask):
    """Nobody is served before the certificate; then `ask` is."""
    with World(binaries, [], ready=False) as world:
        world.planes["server"].on("Certify", None, is_silent)
        world.start_proxy("server")
        world.planes["server"].wait_calls("Certify")
        app = world.http1_app(member="s") if ask is _ask_http1 else world.http2_app(member="s")
        wait_until(lambda: world.proxies["server"].is_running() and _live(world), 5, "being live")
        expect(not _is_taken(world, app), "TLS was taken before there was a certificate")
        plane = world.planes["server"]
        plane.certify(plane.calls("Certify")[-1])
        world.wait_ready("server")
        expect_equal(ask(world, app), 200, "after the certificate")
        expect_equal(len(app.requests), 1, "requests that came to the application")


def _is_taken(world, app):
    """Whether TLS comes about within a second. Who comes too early waits in the kernel's queue."""
    try:
        connect_tls(world["o"], app.host, app.port, SERVER_ID, world.anchors, seconds=1).close()
        return True
    except OSError:
        return False


def _live(world):
    try:
        return world.admin("server", "/live").status == 200
    except OSError:
        return False


def _ask_http1(world, app):
    with http1.Client(world["o"], app.host, app.port, socket=_tls(world, app)) as client:
        return client.ask().status


def _ask_http2(world, app):
    with http2.Client(world["o"], app.host, app.port, socket=_tls(world, app)) as client:
        return client.ask().status


@case("TLS refused before and taken after certify, HTTP/1", "HTTP/1 over TLS is refused before"
      " there is a certificate and taken after it")
def gate_http1(binaries):
    _gate(binaries, _ask_http1)


@case("TLS refused before and taken after certify, HTTP/2", "HTTP/2 over TLS is refused before"
      " there is a certificate and taken after it")
def gate_http2(binaries):
    _gate(binaries, _ask_http2)


@case("/ready gate", "/ready is 503 until the certificate is there, while /live is 200, and stays"
      " 200 when renewals fail")
def ready_gate(binaries):
    with World(binaries, [], IDENTITY_MIN_REFRESH="1s") as world:
        plane = world.planes["server"]
        plane.on("Certify", None, is_silent)
        world.start_proxy("server")
        plane.wait_calls("Certify")
        wait_until(lambda: _live(world), 5, "being live")
        for _ in range(3):
            expect_equal(world.admin("server", "/ready").status, 503, "before the certificate")
        plane.on("Certify", None, fails(UNAVAILABLE))
        plane.certify(plane.calls("Certify")[-1], 3)
        world.wait_ready("server")
        plane.wait_calls("Certify", count=3)
        expect_equal(world.admin("server", "/ready").status, 200, "while renewals fail")
        asked = plane.calls("Certify")[0].request
        expect_equal((asked.identity, asked.token), (SERVER_ID, b"token of server"), "was asked")


@case("refresh timing", "a certificate is renewed when 70 % of its life is over")
def refresh(binaries):
    with World(binaries, [], IDENTITY_MIN_REFRESH="100ms") as world:
        plane = world.planes["server"]
        plane.leaf_seconds = 6
        world.start_proxy("server")
        world.wait_ready("server")
        first = plane.calls("Certify")[0].at
        second = plane.wait_calls("Certify", count=2).at
        # valid_until is in whole seconds: up to one less than asked for.
        expect(3.3 < second - first < 5, f"renewed after {second - first:.2f} s of 6")


@case("refresh timing", "a short certificate is not renewed before IDENTITY_MIN_REFRESH, a long one"
      " not after IDENTITY_MAX_REFRESH")
def refresh_bounds(binaries):
    for changes, life, least, most in (
            ({"IDENTITY_MIN_REFRESH": "3s"}, 2, 2.8, 4.5),
            ({"IDENTITY_MIN_REFRESH": "100ms", "IDENTITY_MAX_REFRESH": "2s"}, 3600, 1.8, 3.5)):
        with World(binaries, [], **changes) as world:
            plane = world.planes["server"]
            plane.leaf_seconds = life
            world.start_proxy("server")
            first = plane.wait_calls("Certify").at
            pause = plane.wait_calls("Certify", count=2).at - first
            expect(least < pause < most, f"{changes}, {life} s: renewed after {pause:.2f} s")


@case("refresh timing", "a renewal that fails is tried again, with the token read anew")
def refresh_fails(binaries):
    with World(binaries, [], IDENTITY_MIN_REFRESH="500ms") as world:
        plane = world.planes["server"]
        plane.leaf_seconds = 2
        world.start_proxy("server")
        world.wait_ready("server")
        plane.on("Certify", None, fails(UNAVAILABLE))
        with open(world.path("identity-server", "token"), "w", encoding="ascii") as file:
            file.write("a new token")
        count = len(plane.calls("Certify"))
        call = plane.wait_calls("Certify", count=count + 3)
        expect_equal(call.request.token, b"a new token", "the token")


def _required(world, identity):
    app = world.http1_app(member="s")
    service = world.service().balanced(world.meshed(app))
    answer = service.ask(headers=[("l5d-require-id", identity)])
    return answer, app


@case("l5d-require-id accept", "a request that requires the server's identity is let through,"
      " without the header")
def require_id_accepts(world):
    answer, app = _required(world, SERVER_ID)
    expect_equal(answer.status, 200, "status")
    expect_equal(app.requests[0].get("l5d-require-id"), None, "l5d-require-id at the application")


@case("l5d-require-id reject", "a request that requires another identity is answered with 502 and"
      " not sent")
def require_id_rejects(world):
    answer, app = _required(world, _STRANGER)
    expect_equal((answer.status, len(app.requests)), (502, 0), "status and requests")
    expect("identity" in answer.get("l5d-proxy-error"), answer.get("l5d-proxy-error"))


@case("l5d-require-id reject", "a request that requires an identity is not sent to an endpoint that"
      " has none")
def require_id_plain(world):
    app = world.http1_app()
    service = world.service().balanced(endpoint(app))
    answer = service.ask(headers=[("l5d-require-id", SERVER_ID)])
    expect_equal((answer.status, len(app.requests)), (502, 0), "status and requests")


@case("spoofed l5d-client-id is stripped", "l5d-client-id says who the client is, whatever the"
      " client says")
def spoofed(world):
    app = world.http1_app(member="s")
    forged = [("l5d-client-id", _STRANGER)]
    service = world.service().balanced(world.meshed(app))
    expect_equal(service.ask(headers=forged).status, 200, "meshed")
    with http1.Client(world["o"], app.host, app.port) as client:
        expect_equal(client.ask(headers=forged).status, 200, "in plain")
    with http1.Client(world["o"], app.host, app.port, socket=_tls(world, app)) as client:
        expect_equal(client.ask(headers=forged).status, 200, "by TLS without a certificate")
    expect_equal([each.get("l5d-client-id") for each in app.requests], [CLIENT_ID, None, None],
                 "l5d-client-id at the application")


@case("certificates of others", "a client's certificate of another authority is refused")
def other_authority(world):
    make_authority(world.directory, "other", "another authority")
    make_leaf(world.directory, "forged", CLIENT_ID, "other")
    app = world.http1_app(member="s")
    try:
        with connect_tls(world["o"], app.host, app.port, SERVER_ID, world.anchors,
                         world.path("forged.pem")) as forged:
            forged.sendall(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
            expect_equal(forged.recv(1), b"", "an answer")
    except OSError:
        pass
    expect_equal(len(app.requests), 0, "requests at the application")

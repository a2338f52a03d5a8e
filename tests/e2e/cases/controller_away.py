# SPDX-License-Identifier: Apache-2.0
"""The data plane outlives its control plane."""

import time

from harness import e2e, expect
from lab.applications import start_responder
from lab.load import Load
from lab.mesh import HTTP_PORT, Mesh
from lab.process import wait_until

AWAY_SECONDS = 20
# What the controller is told, and what a leaf lives: clocks may differ by so much.
ISSUED_SECONDS = 30
LEAF_SECONDS = ISSUED_SECONDS + 20
# A leaf is renewed when 70 % of its life has passed; a failure is tried again after MIN_REFRESH,
# here short enough for a new one before the old one ends.
MIN_REFRESH = "2s"
RENEWAL_SECONDS = LEAF_SECONDS * 0.7


def _expiry(mesh, name):
    return mesh.metrics(name).sum("control_identity_cert_expiration_timestamp_seconds")


def _wait_away():
    time.sleep(AWAY_SECONDS)  # what the test is about: that much time with no controller


def _expect_no_failure(load):
    report = load.report()
    expect(report["failed"] == 0, f"{report['failed']} requests failed: {report['failures']}")
    expect(report["completed"] > 0, "no request was made")


@e2e("kill -9 of the controller for 20 s under load fails no request", seconds=90)
def killed_under_load(binaries):
    with Mesh(binaries).start() as mesh:
        start_responder(mesh["s"], binaries, mesh["s"].ipv4, HTTP_PORT)
        load = Load(mesh["c"], binaries, mesh["s"].ipv4, HTTP_PORT, AWAY_SECONDS + 10)
        time.sleep(3)
        mesh.controller.kill()
        _wait_away()
        mesh.start_controller()
        _expect_no_failure(load)


@e2e("kill -9 of the controller for 20 s, over the instant when renewals are due, fails no request;"
     " then the certificates are renewed", seconds=120, waits=True)
def killed_when_renewal_is_due(binaries):
    with Mesh(binaries, controller_flags=["--issuance-lifetime", f"{ISSUED_SECONDS}s"]) as mesh:
        mesh.start(IDENTITY_MIN_REFRESH=MIN_REFRESH)
        start_responder(mesh["s"], binaries, mesh["s"].ipv4, HTTP_PORT)
        before = {name: _expiry(mesh, name) for name in mesh.proxies}
        certified = min(before.values()) - LEAF_SECONDS
        expect(0 < certified <= time.time() + 5, f"leaves expire at {before}: not short-lived")
        load = Load(mesh["c"], binaries, mesh["s"].ipv4, HTTP_PORT, RENEWAL_SECONDS + AWAY_SECONDS)
        # Away from 10 s before to 10 s after the instant.
        time.sleep(max(0, certified + RENEWAL_SECONDS - AWAY_SECONDS / 2 - time.time()))
        mesh.controller.kill()
        _wait_away()
        expect(all(_expiry(mesh, name) == before[name] for name in mesh.proxies),
               "a certificate was renewed while nobody could sign it")
        mesh.start_controller()
        for name in mesh.proxies:
            wait_until(lambda which=name: _expiry(mesh, which) > before[which], 20,
                       f"the renewal of {name}'s certificate")
        _expect_no_failure(load)


@e2e("a proxy that starts before its controller says so, is not ready, and serves once it is there")
def away_at_start(binaries):
    with Mesh(binaries) as mesh:
        mesh.start_controller()  # makes the trust anchors
        mesh.controller.kill()
        start_responder(mesh["s"], binaries, mesh["s"].ipv4, HTTP_PORT)
        for name in mesh.workloads:
            mesh.start_proxy(name)
        wait_until(lambda: mesh.admin("web", "/live").returncode == 0, 5, "liveness")
        for _ in range(5):
            expect(mesh.admin("web", "/ready").returncode == 22, "ready without a certificate")
            time.sleep(0.2)
        mesh.start_controller()
        for name in mesh.workloads:
            mesh.wait_ready(name)
        load = Load(mesh["c"], binaries, mesh["s"].ipv4, HTTP_PORT, 2)
        _expect_no_failure(load)

# SPDX-License-Identifier: Apache-2.0
"""The mesh's own pages: what a browser finds where there is no Dive, and beside one."""

import http.client
import json
import os
import re
import signal
import socket
import stat
import subprocess
import time
import urllib.parse

from harness import e2e, expect
from lab.applications import ROOT, node
from lab.dive import DiveMesh
from lab.process import LabError, wait_until
from lab.standalone import STRANGER, Standalone

_PORT = 8080


class Browser:
    """A session at the pages, by a link as `seine dashboard` prints it."""

    def __init__(self, mesh, *flags):
        # A mesh that has just come up may say so before its pages do: it tells to try again.
        deadline = time.monotonic() + 10
        while True:
            done = mesh.seine("dashboard", "--dir", mesh.dir, "--show-url", *flags)
            if "try again in a moment" not in done.stderr or time.monotonic() > deadline:
                break
            time.sleep(0.1)
        expect(done.returncode == 0, f"seine dashboard: {done.stderr}")
        self.link = done.stdout.strip()
        self.said = done.stderr
        self.address = urllib.parse.urlsplit(self.link).netloc
        self.cookie = ""

    def sign_in(self):
        path = self.link.removeprefix(f"http://{self.address}")
        status, headers, _ = self.get(path)
        expect(status == 303 and headers["location"] == "/", f"the link: {status}, {headers}")
        self.cookie = headers["set-cookie"].split(";")[0]
        return self

    def get(self, path, **headers):
        """(status, headers, text)."""
        connection = http.client.HTTPConnection(self.address, timeout=10)
        try:
            cookie = {"cookie": self.cookie} if self.cookie else {}
            connection.request("GET", path, headers=cookie | headers)
            answer = connection.getresponse()
            return answer.status, dict((name.lower(), value) for name, value in
                                       answer.getheaders()), answer.read().decode()
        finally:
            connection.close()

    def mesh(self, last="1m"):
        status, _, text = self.get(f"/api/v1/mesh?last={last}")
        if status != 200:
            raise LabError(f"/api/v1/mesh: {status} {text}")
        return json.loads(text)


def _row(document, table, name):
    found = [row for row in document[table] if row["name"] == name]
    return found[0] if found else None


def _start_traffic(mesh):
    mesh.run("api", [*mesh.server, "127.0.0.1", str(_PORT)], "--port", f"{_PORT}:http1", "-n",
             "shop")
    mesh.run("client", ["sh", "-c", f"while sleep 0.1; do curl -s -o /dev/null http://api:{_PORT}/;"
                        " done"], "-n", "shop")


def _wait_counted(browser):
    def counted():
        document = browser.mesh()
        service = _row(document, "services", "api")
        workload = _row(document, "workloads", "api")
        is_there = service and workload and document["edges"] and (
            min(service["golden"]["good"], workload["golden"]["good"]) > 0)
        return document if is_there else None
    return wait_until(counted, 40, "requests of api on the mesh's own page", every=0.5)


def _expect_secured(document):
    edge = [edge for edge in document["edges"] if edge["to"] == "api"]
    expect(edge and edge[0]["from"] == "client" and edge[0]["secured"]
           and edge[0]["client_id"] == "client.shop" and edge[0]["server_id"] == "api.shop",
           f"the edges are {document['edges']}")


@e2e("mesh_pages without Dive: a link signs one browser in, which sees services, workloads and who"
     " speaks to whom, as seine stat has them, over a kill -9 of the controller too", seconds=120)
def mesh_pages(binaries):
    with Standalone(binaries) as mesh:
        mesh.start_up("--report-every", "1s", "--dashboard-listen", "127.0.0.1:0")
        _start_traffic(mesh)
        stranger = Browser(mesh)
        expect("Dive does not run here" in stranger.said, f"stderr: {stranger.said!r}")
        status, headers, _ = stranger.get("/api/v1/mesh")
        expect(status == 401 and "default-src" in headers["content-security-policy"],
               f"a stranger got {status}, {headers}")
        browser = stranger.sign_in()
        expect(Browser(mesh).address == browser.address, "the address moved")
        status, _, _ = browser.get("/api/v1/mesh", Host="evil.example")
        expect(status in (400, 403, 421), f"another name was answered with {status}")
        status, _, text = browser.get("/api/v1/links")
        expect(status == 404 and "link=" not in text, f"a browser got {status} {text}")
        document = _wait_counted(browser)
        _expect_secured(document)
        expect(_row(document, "workloads", "api")["ready_pods"] == 1, f"{document['workloads']}")
        shown = _row(browser.mesh("10m"), "workloads", "api")["golden"]["good"]
        told = json.loads(mesh.seine("stat", "deploy/api", "-n", "shop", "-t", "10m", "--dir",
                                     mesh.dir, "-o", "json").stdout)[0]["requests"]
        expect(shown <= told <= shown + 60, f"the page has {shown} requests, seine stat {told}")
        pid = mesh.child(mesh.up, "seine-controller")
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: mesh.child(mesh.up, "seine-controller") != pid, 15, "another controller")

        # Sessions end with the process that held them; the address stays.
        def asked_again():
            try:
                return browser.get("/api/v1/mesh")[0] == 401
            except OSError:
                return False
        wait_until(asked_again, 15, "the session's end")
        again = Browser(mesh)
        expect(again.address == browser.address, f"{again.address} is not {browser.address}")
        _wait_counted(again.sign_in())
        note = os.path.join(mesh.dir, "web.json")
        mode = stat.S_IMODE(os.stat(note).st_mode)
        expect(mode == 0o600, f"web.json has mode {mode:o}")
        mesh.up.signal(signal.SIGTERM)
        expect(mesh.up.wait(30) == 0, f"seine up: {mesh.up.tail()}")
        expect(not os.path.exists(note), "web.json was left")
        return f"{shown} requests"


@e2e("mesh_pages as an ordinary user: the same pages in a user namespace, and a port that is taken"
     " is replaced by a free one, which the terminal tells", seconds=90)
def mesh_pages_without_root(binaries):
    with socket.create_server(("127.0.0.1", 0)) as taken, Standalone(binaries, STRANGER) as mesh:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        mesh.start_up("--report-every", "1s", "--dashboard-listen", address)
        wait_until(lambda: f"({address} is taken)" in mesh.up.log(), 5, "the other port")
        browser = Browser(mesh).sign_in()
        expect(f"http://{browser.address}/" in mesh.up.log(), mesh.up.log())
        _start_traffic(mesh)
        _expect_secured(_wait_counted(browser))


@e2e("mesh_pages beside Dive: --mesh leads to them; where Dive is stopped or has died `seine"
     " dashboard` still leads somewhere or says why not", seconds=120)
def mesh_pages_beside_dive(binaries):
    with DiveMesh(binaries) as mesh:
        mesh.start_up("--report-every", "1s")
        dive = mesh.wait_dive()
        expect("dashboard is at" not in mesh.up.log(), f"two dashboards are told: {mesh.up.log()}")
        own = Browser(mesh, "--mesh")
        expect(own.said == "" and f"http://{own.address}" != dive, f"{own.link}, {own.said}")
        _start_traffic(mesh)
        document = _wait_counted(own.sign_in())
        _expect_secured(document)
        expect({"dive", "dive-agent"} <= {row["name"] for row in document["workloads"]},
               "Dive is no workload of the mesh")
        pid = mesh.child(mesh.up, "seine-dive")
        os.kill(pid, signal.SIGSTOP)
        try:
            began = time.monotonic()
            done = mesh.seine("dashboard", "--dir", mesh.dir, "--show-url", seconds=40)
            expect(done.returncode == 1 and "gave no answer" in done.stderr
                   and time.monotonic() - began < 20, f"a stopped Dive: {done}")
            _wait_counted(Browser(mesh, "--mesh").sign_in())
        finally:
            os.kill(pid, signal.SIGCONT)


@e2e("mesh_pages in a browser: Chromium finds the service and its secured edge, at both widths,"
     " without a violation", seconds=150)
def mesh_pages_in_a_browser(binaries):
    with Standalone(binaries) as mesh:
        mesh.start_up("--report-every", "1s", "--dashboard-listen", "127.0.0.1:0")
        _start_traffic(mesh)
        link = Browser(mesh).link
        shots = os.path.join(mesh.folder, "browser")
        done = subprocess.run([node(), os.path.join(ROOT, "tests", "browser", "real.mjs"), link,
                               "--mesh", "--expect-service", "api", "--expect-edge", "client:api",
                               "--out", shots], capture_output=True, text=True, check=False,
                              timeout=120)
        expect(done.returncode == 0, f"the browser: {done.stdout[-600:]}{done.stderr[-600:]}")
        expect(re.search(r"\d", done.stdout), f"the browser said {done.stdout!r}")

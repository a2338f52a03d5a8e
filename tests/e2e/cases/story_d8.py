# SPDX-License-Identifier: Apache-2.0
"""D8, dogfood: Dive and its agent are pods of the mesh that they tell of."""

import json
import os
import signal
import socket
import stat
import time

from harness import e2e, expect
from lab.dive import DiveMesh
from lab.process import LabError, wait_until
from lab.standalone import PYTHON, STRANGER, Standalone

_PORT = 8080
_PROGRAMS = ("seine-dive", "seine-dive-agent")
# A request each 20 ms for so long, and until there were enough; what became of them as JSON.
_CLIENT = f"""
import http.client, json, sys, time
done, failed, end = 0, [], time.monotonic() + float(sys.argv[1])
while time.monotonic() < end or done + len(failed) < 200:
    connection = http.client.HTTPConnection("web", {_PORT}, timeout=10)
    try:
        connection.request("GET", "/")
        answer = connection.getresponse()
        answer.read()
        if answer.status == 200:
            done += 1
        else:
            failed.append(answer.status)
    except OSError as error:
        failed.append(str(error))
    finally:
        connection.close()
    time.sleep(0.02)
print(json.dumps({{"done": done, "failed": failed}}), flush=True)
"""


def _edge(mesh):
    """The edge of the agent to Dive, once it was counted."""
    def find():
        return [edge for edge in mesh.rows("edges", "deploy", "-n", "seine")
                if (edge["src"], edge["dst"]) == ("dive-agent", "dive")]
    return wait_until(find, 30, "an edge from dive-agent to dive")[0]


def _expect_meshed(mesh):
    edge = _edge(mesh)
    expect(edge["no_tls_reason"] == ""
           and edge["client_id"] == "dive-agent.seine"
           and edge["server_id"] == "dive.seine", f"the edge is {edge}")

    # Each end reports for itself, and some requests live as long as their stream.
    def counted():
        rows = {row["name"]: row for row in mesh.rows("stat", "deploy", "-n", "seine")}
        return rows if rows.get("dive", {}).get("requests") else None
    rows = wait_until(counted, 30, "requests to dive in seine stat")
    expect(set(rows) == {"dive", "dive-agent"}, f"seine stat has {sorted(rows)}")
    for name in ("dive", "dive-agent"):
        expect(rows[name]["meshed"] == "1/1", f"{name}: {rows[name]}")


def _expect_checked(mesh):
    done = mesh.seine("check", "--dir", mesh.dir, "--proxy", "--wait", "20s", "-o", "json",
                      seconds=60)
    checks = {category["categoryName"]: category["checks"]
              for category in json.loads(done.stdout)["categories"]}
    wrong = [check for check in checks.get("dive", []) + checks["data-plane"]
             if check["result"] != "success"]
    expect(len(checks.get("dive", [])) >= 3 and not wrong,
           f"seine check: {wrong or checks}, {done.stderr}")


def _expect_pages(mesh):
    url = mesh.note("web")
    status, text = mesh.get(url)
    # Whatever it has to show: a checkout may be without built pages.
    expect(status < 500, f"{url}: {status} {text!r}")
    status, text = mesh.get(mesh.note("admin"), "/metrics")
    expect(status == 200 and "_total" in text, f"metrics of Dive: {status} {text[:200]!r}")


def _whole_story(mesh):
    mesh.start_up("--report-every", "1s")
    mesh.wait_dive()
    _expect_meshed(mesh)
    _expect_checked(mesh)
    _expect_pages(mesh)
    for name, owner in (("dive", mesh.uid), ("dive-agent", mesh.uid)):
        found = os.stat(os.path.join(mesh.dir, name))
        expect(found.st_uid == owner and stat.S_IMODE(found.st_mode) == 0o700,
               f"{name} has owner {found.st_uid} and mode {found.st_mode:o}")
    found = os.stat(os.path.join(mesh.dir, "dive", "web.json"))
    expect(stat.S_IMODE(found.st_mode) == 0o600, f"web.json has mode {found.st_mode:o}")
    mesh.up.signal(signal.SIGTERM)
    code = mesh.up.wait(30)
    expect(code == 0, f"seine up ended with {code}: {mesh.up.tail()}")
    expect(mesh.note("web") is None and mesh.note("admin") is None, "notes were left")
    expect(os.listdir(os.path.join(mesh.dir, "pods")) == [], "folders of pods were left")
    log = mesh.up.log()
    expect("ended" not in log and " error " not in log, f"something went wrong: {mesh.up.tail()}")


@e2e("dogfood: Dive and its agent are meshed pods, the edge between them is mutual TLS, both show"
     " in seine stat, check finds them well, and all ends in order", seconds=120)
def dogfood(binaries):
    with DiveMesh(binaries) as mesh:
        _whole_story(mesh)


@e2e("dogfood as an ordinary user: the same in a user namespace", seconds=120)
def dogfood_without_root(binaries):
    with DiveMesh(binaries, STRANGER) as mesh:
        _whole_story(mesh)


@e2e("dogfood under sudo: Dive and its data are the user's who called, and root is served",
     seconds=120)
def dogfood_under_sudo(binaries):
    with DiveMesh(binaries) as mesh:
        caller = {"SUDO_UID": str(STRANGER), "SUDO_GID": str(STRANGER)}
        mesh.environment = lambda base=mesh.environment: base() | caller
        mesh.start_up("--report-every", "1s")
        mesh.wait_dive()
        _expect_meshed(mesh)
        owner = os.stat(os.path.join(mesh.dir, "dive")).st_uid
        expect(owner == STRANGER, f"the data are of user {owner}")
        pid = mesh.child(mesh.up, "seine-dive")
        expect(os.stat(f"/proc/{pid}").st_uid in (0, STRANGER), "Dive runs as somebody else")
        with open(f"/proc/{pid}/status", encoding="utf-8") as file:
            lines = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
        expect(lines["Uid"].split()[0] == str(STRANGER) and int(lines["CapEff"], 16) == 0,
               f"Dive runs as {lines['Uid']} with {lines['CapEff']}")


@e2e("dive_dies: kill -9 of Dive and of its agent, thrice each under load, and of the controller,"
     " fails no request; all come back, and Dive counts each request once", seconds=240)
def dive_dies(binaries):
    with DiveMesh(binaries) as mesh:
        mesh.start_up("--report-every", "1s")
        mesh.wait_dive()
        mesh.run("web", [*mesh.server, "127.0.0.1", str(_PORT)], "--port", f"{_PORT}:http1")
        mesh.wait_answers(f"http://web:{_PORT}/")
        wait_until(lambda: mesh.requests_to("web") != 0, 30, "the first request in Dive", every=0.5)
        time.sleep(3)
        before = mesh.requests_to("web")
        load = mesh.run("client", [PYTHON, "-c", _CLIENT, "25"])
        for _ in range(3):
            for program in _PROGRAMS:
                _kill(mesh, program)
        # Its feed is a new socket afterwards.
        _kill(mesh, "seine-controller")
        load.wait(100)
        lines = [line for line in load.log().splitlines() if line.startswith("{")]
        if not lines:
            raise LabError(f"the client said: {load.tail()}")
        report = json.loads(lines[-1])
        expect(report["failed"] == [] and report["done"] >= 200, f"the load: {report}")
        for program in _PROGRAMS:
            mesh.child(mesh.up, program)
        mesh.wait_dive()
        _expect_checked(mesh)
        if before is not None:
            wait_until(lambda: mesh.requests_to("web") == before + report["done"], 60,
                       f"all {report['done']} requests in Dive, once", every=0.5)
        return f"{report['done']} requests, none failed"


def _kill(mesh, program):
    """kill -9, and wait for the next one."""
    pid = mesh.child(mesh.up, program)
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: mesh.child(mesh.up, program) != pid, 15, f"another {program}")


@e2e("a port for Dive's pages that is taken is no reason to stay away: another one is told on the"
     " terminal and in web.json, and serves", seconds=60)
def dashboard_port_taken(binaries):
    with socket.create_server(("127.0.0.1", 0)) as taken, DiveMesh(binaries) as mesh:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        Standalone.start_up(mesh, "--dashboard-listen", address, dive=True)
        wait_until(lambda: "Dive is ready" in mesh.up.log(), 40, "Dive")
        url = mesh.note("web")
        expect(not url.endswith(address) and f"({address} is taken)" in mesh.up.log()
               and f"{url}/" in mesh.up.log(), f"{url}: {mesh.up.log()}")
        _expect_pages(mesh)


@e2e("no_dive: seine up --no-dive starts neither Dive nor its agent, makes no folders for them, and"
     " seine check has nothing to say of them", seconds=60)
def no_dive(binaries):
    with Standalone(binaries) as mesh:
        mesh.start_up()
        done = mesh.seine("check", "--dir", mesh.dir, "-o", "json")
        categories = [one["categoryName"] for one in json.loads(done.stdout)["categories"]]
        expect(done.returncode == 0 and "dive" not in categories, f"check: {done.stdout}")
        expect(not os.path.exists(os.path.join(mesh.dir, "dive")), "DIR/dive was made")
        refused = mesh.seine("up", "--dir", mesh.home + "/other", "--dashboard-listen", "0.0.0.0:1")
        expect(refused.returncode == 64 and "loopback" in refused.stderr, refused.stderr)

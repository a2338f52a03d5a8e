# SPDX-License-Identifier: Apache-2.0
"""S1, first look: services that nobody instrumented are meshed, and within a minute a table shows
meshed n/m, success rate, requests a second and latencies. No Prometheus, no Kubernetes."""

import json
import time

from harness import e2e, expect
from lab.process import wait_until
from lab.standalone import PYTHON, STRANGER, Standalone

_COLUMNS = ["NAME", "MESHED", "SUCCESS", "RPS", "LATENCY_P50", "LATENCY_P95", "LATENCY_P99",
            "TCP_CONN"]
_CUSTOMER = """
import http.client, time
while True:
    connection = http.client.HTTPConnection("web", 8080, timeout=10)
    for number in range(20):
        connection.request("GET", "/")
        connection.getresponse().read()
        time.sleep(0.02)
    connection.close()
"""


def _rows(text):
    lines = [line.split() for line in text.splitlines()]
    return dict((line[0], dict(zip(lines[0], line))) for line in lines[1:]), lines[0]


def _first_look(binaries, uid):
    with Standalone(binaries, uid) as mesh:
        began = time.monotonic()
        mesh.start_up()
        for _ in range(2):
            mesh.run("web", [*mesh.server, "127.0.0.1", "8080"], "--port", "8080", "-n", "store")
        mesh.run("customer", [PYTHON, "-c", _CUSTOMER], "-n", "store")
        stat = ("stat", "--dir", mesh.dir, "deploy", "-n", "store")

        def seen():
            done = mesh.seine(*stat)
            return done if done.returncode == 0 and "rps" in done.stdout else None
        done = wait_until(seen, 60, "a table with numbers", every=1)
        took = time.monotonic() - began
        expect(took < 60, f"it took {took:.0f} s")
        rows, titles = _rows(done.stdout)
        expect(titles == _COLUMNS, f"columns are {titles}")
        web = rows["web"]
        expect(web["MESHED"] == "2/2" and web["SUCCESS"] == "100.00%", f"web is {web}")
        expect(float(web["RPS"].removesuffix("rps")) > 0, f"web is {web}")
        expect(all(web[f"LATENCY_{name}"].endswith("ms") for name in ("P50", "P95", "P99")),
               f"web is {web}")
        expect(all(len(line) <= 80 for line in done.stdout.splitlines()), "wider than 80 columns")
        expect(rows["customer"]["MESHED"] == "1/1", f"customer is {rows['customer']}")
        found = json.loads(mesh.seine(*stat, "-o", "json").stdout)
        expect({row["name"] for row in found} == {"web", "customer"}, f"JSON: {found}")
        # Each end reports for itself; who calls tells of the edge.
        wait_until(lambda: "√" in mesh.seine("edges", "--dir", mesh.dir, "deploy", "-n",
                                             "store").stdout, 15, "the edge", every=1)
        return f"a table with numbers after {took:.0f} s"


@e2e("S1 as root: services that know nothing of a mesh show meshed, success, RPS and latencies in"
     " the terminal within a minute, and their edge secured", seconds=150)
def first_look(binaries):
    return _first_look(binaries, 0)


@e2e("S1 as an ordinary user: the same", seconds=150)
def first_look_without_root(binaries):
    return _first_look(binaries, STRANGER)

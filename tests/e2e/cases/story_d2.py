# SPDX-License-Identifier: Apache-2.0
"""D2, objectives that tell the truth: while a demo runs, an objective of payments is proposed, set,
burns, and says whose the failures are; the dashboard says it first."""

import json
import os
import signal
import subprocess

from harness import e2e, expect
from lab.applications import ROOT, node
from lab.dive import DiveMesh
from lab.process import LabError, wait_until
from lab.shop import open_in_demo

def _demo(mesh, *flags):
    """`seine demo` with Dive, until its objective can be asked for."""
    shop, interpreter = open_in_demo(mesh)
    path = f"{interpreter}:{mesh.environment()['PATH']}"
    demo = mesh.start("demo", "demo", "--shop", shop, *flags, env={"PATH": path})

    def is_seen():
        if not demo.is_running():
            raise LabError(f"the demo ended: {demo.tail()}")
        done = mesh.seine("dive", "status", "-o", "json")
        if done.returncode != 0:
            return None
        listed = mesh.seine("objective", "propose", "svc/payments", "-n", "shop", "-o", "json")
        return listed.returncode == 0 and json.loads(listed.stdout)["goals"]
    wait_until(is_seen, 90, "counts of payments in Dive", every=1)
    return demo


def _json(mesh, *words):
    done = mesh.seine(*words, "-o", "json")
    expect(done.returncode == 0, f"seine {' '.join(words)}: {done.stderr}")
    return json.loads(done.stdout)


def _evidence_of(mesh, name):
    shown = _json(mesh, "objective", "show", name)
    groups = shown["evidence"]["groups"]
    return shown, groups[0] if groups else None


@e2e("D2: an objective of payments is proposed, set and burns while v2 fails for web alone; its"
     " card, its evidence and the dashboard name route, caller and version", seconds=240)
def the_truth_about_payments(binaries):
    with DiveMesh(binaries) as mesh:
        demo = _demo(mesh, "--failure-rate", "0", "--v2-failure-rate", "0.5", "--rate", "100")
        proposed = _json(mesh, "objective", "propose", "svc/payments", "-n", "shop", "--window",
                         "1h", "--success", "99.9%")
        expect([goal for goal in proposed["goals"] if goal["own"]], f"proposed: {proposed}")
        unknown = mesh.seine("objective", "set", "svc/paymens", "-n", "shop", "--success", "99%")
        expect(unknown.returncode == 1 and "did you mean payments" in unknown.stderr,
               f"{unknown.returncode}: {unknown.stderr}")
        for goal in ("100%", "0%"):
            refused = mesh.seine("objective", "set", "svc/payments", "-n", "shop", "--success",
                                 goal)
            expect(refused.returncode == 64 and refused.stderr.count("\n") <= 2, refused.stderr)
        done = mesh.seine("objective", "set", "svc/payments", "-n", "shop", "--success", "99%",
                          "--window", "1h")
        expect(done.returncode == 0 and "shop-payments-success-1h" in done.stdout, done.stderr)

        def burns():
            shown, worst = _evidence_of(mesh, "shop-payments-success-1h")
            return (shown, worst) if shown["state"] == "exhausted" and worst else None
        shown, worst = wait_until(burns, 60, "an objective without budget", every=1)
        expect(worst["caller"] == "shop/web" and worst["version"] == "v2"
               and worst["workload"] == "shop/payments" and "purchase" in worst["route"]
               and worst["cause"].startswith("HTTP 5"), f"the worst is {worst}")
        expect(worst["example"] and worst["example"]["path"].startswith("/purchase"),
               f"its example is {worst['example']}")
        total = shown["counts"]["good"] + shown["counts"]["bad"]
        groups = shown["evidence"]["groups"]
        expect(sum(group["count"] for group in groups) + shown["evidence"]["other"]
               == shown["evidence"]["bad"], f"groups do not add up: {shown['evidence']}")
        left = 1 - (shown["counts"]["bad"] / total) / 0.01
        expect(abs(float(shown["text"]["left"].rstrip("%")) - left * 100) < 0.11,
               f"{left} is shown as {shown['text']['left']}")
        table = mesh.seine("objective", "show", "shop-payments-success-1h")
        expect(all(len(line) <= 80 for line in table.stdout.splitlines()), table.stdout)
        seen = _browse(mesh)
        expect(seen["caller"] == "shop/web" and seen["version"] == "v2"
               and "purchase" in seen["route"], f"the dashboard says {seen}")
        demo.signal(signal.SIGINT)
        expect(demo.wait(120) == 0, f"the demo ended with {demo.popen.returncode}: {demo.tail()}")
        return f"{shown['counts']}, {shown['text']['left']} of the budget left"


def _browse(mesh):
    """What a browser finds on the way from the dashboard to the evidence."""
    link = mesh.seine("dashboard", "--show-url")
    expect(link.returncode == 0, link.stderr)
    url = [word for word in link.stdout.split() if word.startswith("http")][0]
    shots = os.path.join(mesh.folder, "browser")
    done = subprocess.run([node(), os.path.join(ROOT, "tests", "browser", "real.mjs"), url,
                           "--expect-service", "payments", "--out", shots], capture_output=True,
                          text=True, check=False, timeout=120)
    expect(done.returncode == 0, f"the browser: {done.stdout[-600:]}{done.stderr[-600:]}")
    return json.loads(done.stdout.splitlines()[-1])

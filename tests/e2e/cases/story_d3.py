# SPDX-License-Identifier: Apache-2.0
"""D3, events: rollouts are found by themselves, from what to what and by whom, and never made of a
scale or a restart; and people tell of what they do."""

import json
import os
import signal
import time

from harness import e2e, expect
from lab.dive import DiveMesh
from lab.process import wait_until

_PORT = 8080


def _rollouts(mesh):
    status, text = mesh.owner_socket("/api/v1/events?kind=rollout&last=1h")
    expect(status == 200, f"events: {status} {text}")
    return [event for event in json.loads(text)["events"] if "payments" in event["id"]]


def _pods(mesh):
    """(version, pods, ready) of payments as Dive's page has them."""
    status, text = mesh.owner_socket("/api/v1/services/local/shop/payments?last=10m")
    if status != 200:
        return []
    return sorted((version["version"], version["pods"], version["ready"])
                  for row in json.loads(text)["workloads"] for version in row["versions"])


def _pod(mesh, version):
    return mesh.run("payments", [*mesh.server, "127.0.0.1", str(_PORT)], "-n", "shop",
                    "--version", version, "--port", f"{_PORT}:http1")


def _end(pod):
    pod.signal(signal.SIGTERM)
    expect(pod.wait(30) is not None, f"{pod.name} did not end")


@e2e("D3: a rollout from v1 to v2 becomes one event with its pods, from when and by whom, while it"
     " goes on and when it is over; a scale and a restart become none", seconds=180)
def rollout_is_found(binaries):
    with DiveMesh(binaries) as mesh:
        mesh.start_up("--report-every", "1s")
        mesh.wait_dive()
        old = [_pod(mesh, "v1"), _pod(mesh, "v1")]
        wait_until(lambda: _pods(mesh) == [("v1", 2, 2)], 20, "two pods of v1")
        old.append(_pod(mesh, "v1"))
        wait_until(lambda: _pods(mesh) == [("v1", 3, 3)], 20, "a third pod")
        _end(old.pop())
        old.append(_pod(mesh, "v1"))
        wait_until(lambda: _pods(mesh) == [("v1", 3, 3)], 20, "it is there again")
        expect(_rollouts(mesh) == [], f"a scale is told as {_rollouts(mesh)}")

        began = time.time() * 1000
        new = [_pod(mesh, "v2")]
        wait_until(lambda: _pods(mesh) == [("v1", 3, 3), ("v2", 1, 1)], 20, "a pod of v2")
        rollout = wait_until(lambda: _rollouts(mesh), 10, "the rollout")[0]
        expect(rollout["title"] == "Rolled out v2" and rollout["by"] == "root"
               and rollout["state"] == "ongoing"
               and rollout["rollout"] == {"from": "v1", "to": "v2", "pods": 1, "ready": 1},
               f"the rollout is {rollout}")
        expect(began - 2000 < rollout["starts_ms"] < time.time() * 1000 + 2000,
               f"it began at {rollout['starts_ms']}, not about {began}")
        for pod in old:
            _end(pod)
        done = wait_until(lambda: [one for one in _rollouts(mesh) if one["state"] == "concluded"],
                          30, "its end")
        expect(len(_rollouts(mesh)) == 1 and done[0]["id"] == rollout["id"]
               and done[0]["ends_ms"] >= rollout["starts_ms"], f"events are {_rollouts(mesh)}")
        expect(_pods(mesh) == [("v2", 1, 1)], f"pods are {_pods(mesh)}")
        listed = mesh.seine("event", "list", "--dir", mesh.dir)
        expect(listed.returncode == 0 and "Rolled out v2" in listed.stdout, listed.stdout)
        expect("rollout.local." not in listed.stdout, f"ids that nobody needs: {listed.stdout}")
        expect(new[0].is_running(), "v2 ended")


@e2e("D3: people tell of what they do: now, or at a time to come; it is started, commented,"
     " concluded, and outlives Dive", seconds=90)
def people_tell(binaries):
    with DiveMesh(binaries) as mesh:
        mesh.start_up()
        mesh.wait_dive()

        def event(*words):
            done = mesh.seine("event", *words, "--dir", mesh.dir, "-o", "json")
            expect(done.returncode == 0, f"event {words}: {done.stderr}")
            return json.loads(done.stdout)
        now = event("add", "Deploy payments from staging to QA", "--about", "svc/payments", "-n",
                    "shop", "--allow-unknown")
        expect(now["state"] == "ongoing" and now["by"] == "root" and now["kind"] == "process",
               f"it is {now}")
        later = event("add", "Move the database", "--about", "ns/shop", "--at", "+30m")
        expect(later["state"] == "scheduled", f"it is {later}")
        event("comment", now["id"], "half of it is done")
        concluded = event("conclude", now["id"])
        expect(concluded["state"] == "concluded" and concluded["ends_ms"] is not None,
               f"it is {concluded}")
        started = event("start", later["id"])
        expect(started["state"] == "ongoing", f"it is {started}")
        again = mesh.seine("event", "conclude", now["id"], "--dir", mesh.dir)
        expect(again.returncode != 0 and "concluded" in again.stderr, f"{again.stderr}")
        _kill_dive(mesh)
        shown = event("show", now["id"])
        expect([comment["text"] for comment in shown["comments"]] == ["half of it is done"]
               and shown["state"] == "concluded", f"after a kill it is {shown}")
        refused = mesh.seine("event", "add", "\u202eturned", "--about", "cluster", "--dir",
                             mesh.dir)
        expect(refused.returncode == 64 and "U+202E" in refused.stderr
               and "\u202e" not in refused.stderr, refused.stderr)
        hostile = event("add", "<script>alert(1)</script> " + "x" * 200, "--about", "cluster")
        shown = mesh.seine("event", "show", hostile["id"], "--dir", mesh.dir)
        expect("<script>" in shown.stdout, shown.stdout)


def _kill_dive(mesh):
    pid = mesh.child(mesh.up, "seine-dive")
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: mesh.child(mesh.up, "seine-dive") != pid, 15, "another seine-dive")
    wait_until(mesh.clusters, 20, "Dive answers again")

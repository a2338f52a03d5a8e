# SPDX-License-Identifier: Apache-2.0
"""Story S5: `check` is our friend."""

import json
import os
import signal
import time

from harness import e2e, expect
from lab.certificates import make_authority
from lab.netns import check
from lab.process import wait_until
from lab.standalone import STRANGER, Standalone

_LAST = "Status check results are "


def _check(mesh, *words, code=0, seconds=60):
    done = mesh.seine("check", "--dir", mesh.dir, *words, seconds=seconds)
    expect(done.returncode == code and not done.stderr,
           f"check {words}: exit {done.returncode} instead of {code}: {done.stdout}{done.stderr}")
    return done.stdout


def _line_with(said, mark, description):
    """The line of that check and what is indented below it."""
    lines = said.splitlines()
    for at, line in enumerate(lines):
        if line == f"{mark} {description}":
            below = []
            for more in lines[at + 1:]:
                if not more.startswith("    "):
                    break
                below.append(more.strip())
            return below
    expect(False, f"there is no line {mark} {description!r} in {said}")
    return None


@e2e("check --pre says of a machine on which a mesh can be made that it can, to root and to an"
     " ordinary user, and to whoever has one already that it runs")
def before_a_mesh(binaries):
    for uid in (0, STRANGER):
        with Standalone(binaries, uid) as mesh:
            said = _check(mesh, "--pre")
            for category in ("pre-state", "pre-programs", "pre-machine"):
                expect(f"{category}\n{'-' * len(category)}\n" in said, said)
            for line in ("network namespaces can be made", "nft sets rules in them",
                         "seine-proxy is there, of this version"):
                expect(_line_with(said, "√", line) == [], said)
            expect(said.endswith(_LAST + "√\n"), said)
            mesh.start_up()
            said = _check(mesh, "--pre", code=1)
            below = _line_with(said, "×", f"no mesh runs in {mesh.dir} yet")
            expect(below[0] == f"a mesh runs in {mesh.dir} already", below)


@e2e("check of a mesh that is well prints a √ a line, its categories underlined, and exits 0;"
     " -o short only the last line, -o json Linkerd's keys and nothing else")
def a_mesh_that_is_well(binaries):
    with Standalone(binaries) as mesh:
        mesh.start_up()
        mesh.run("web", [*mesh.server, "0.0.0.0", "8080"], "--port", "8080")
        mesh.wait_answers("http://web:8080/")
        said = _check(mesh, "--wait", "10s")
        for line in (f"a mesh runs in {mesh.dir}", "the controller answers",
                     "controller and cli versions match",
                     "names of the mesh are answered by its DNS",
                     "issuer certificate is issued by a trust anchor"):
            expect(_line_with(said, "√", line) == [], said)
        expect("×" not in said and said.endswith(_LAST + "√\n"), said)
        expect(_check(mesh, "-o", "short") == _LAST + "√\n", "-o short says more")
        said = _check(mesh, "--proxy", "--wait", "10s")
        for line in ("data plane proxies are ready", "certificates of data plane proxies are valid",
                     "declared ports are listened on"):
            expect(_line_with(said, "√", line) == [], said)
        document = json.loads(_check(mesh, "-o", "json"))
        expect(set(document) == {"success", "categories"} and document["success"] is True,
               f"{document}")
        for category in document["categories"]:
            expect(set(category) == {"categoryName", "checks"} and category["checks"], category)
            for one in category["checks"]:
                expect(set(one) == {"description", "result"} and one["result"] == "success", one)


@e2e("without a mesh check says so, how to start one, and nothing of what cannot be looked at;"
     " with several it names them; flags that contradict each other are one sentence and 64")
def no_mesh_and_wrong_flags(binaries):
    with Standalone(binaries) as mesh:
        said = _check(mesh, code=1)
        below = _line_with(said, "×", f"a mesh runs in {mesh.dir}")
        expect(below[0] == f"no mesh runs in {mesh.dir}" and "seine up" in below[1], said)
        expect("controller" not in said and said.endswith(_LAST + "×\n"), said)
        document = json.loads(_check(mesh, "-o", "json", code=1))
        only = document["categories"][0]["checks"][0]
        expect(not document["success"] and set(only) == {"description", "hint", "error", "result"}
               and only["result"] == "error", f"{document}")
        for words in (["--pre", "--proxy"], ["-o", "yaml"], ["--wait", "soon"], ["-n", "shop"]):
            done = mesh.seine("check", *words)
            expect(done.returncode == 64 and done.stderr.count("\n") == 1 and not done.stdout,
                   f"{words}: exit {done.returncode}, {done.stderr!r}")
        mesh.start_up()
        second = mesh.start("second", "up", "--dir", mesh.home + "/second")
        wait_until(lambda: "is ready" in second.log(), 20, "the second mesh")
        done = mesh.seine("check")
        expect(done.returncode == 64 and mesh.dir in done.stderr and "/second" in done.stderr,
               f"two meshes: exit {done.returncode}, {done.stderr!r}")


@e2e("a controller that hangs, or is killed and kept away, is told within its deadline and ends"
     " nothing but the check; --wait finds it when it is back")
def controller_away(binaries):
    with Standalone(binaries) as mesh:
        mesh.start_up()
        pid = mesh.child(mesh.up, "seine-controller")
        os.kill(pid, signal.SIGSTOP)
        began = time.monotonic()
        said = _check(mesh, code=1)
        took = time.monotonic() - began
        os.kill(pid, signal.SIGCONT)
        below = _line_with(said, "×", "the controller answers")
        expect("had not answered after 4s" in below[0] and took < 10, f"{took:.1f} s: {said}")
        _check(mesh, "--wait", "10s")

        mesh.up.signal(signal.SIGSTOP)  # so that it starts none again
        os.kill(mesh.child(mesh.up, "seine-controller"), signal.SIGKILL)
        time.sleep(0.2)
        said = _check(mesh, "--wait", "2s", code=1)
        below = _line_with(said, "×", "the controller answers")
        expect("registry.sock" in below[0] and "`seine up` starts it again" in below[-1], said)
        expect("identity" not in said, f"it went on: {said}")
        mesh.up.signal(signal.SIGCONT)
        expect(_check(mesh, "--wait", "20s").endswith(_LAST + "√\n"), "it is not found again")
        return f"a controller that hangs is told after {took:.1f} s"


def _make_short_lived(state, uid, days):
    """A root of two days and an issuer of it for `days`, as the controller would have made them."""
    os.mkdir(state, 0o700)
    make_authority(state, "root", "root.linkerd.cluster.local")
    check(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
           "-nodes", "-subj", "/CN=identity.linkerd.cluster.local",
           "-addext", "basicConstraints=critical,CA:TRUE,pathlen:0",
           "-addext", "keyUsage=critical,keyCertSign,cRLSign",
           "-keyout", f"{state}/issuer.key", "-out", f"{state}/issuer.csr"])
    check(["openssl", "x509", "-req", "-in", f"{state}/issuer.csr", "-CA", f"{state}/root.pem",
           "-CAkey", f"{state}/root.key", "-CAcreateserial", "-copy_extensions", "copyall",
           "-days", str(days), "-out", f"{state}/issuer.pem"])
    os.remove(f"{state}/root.key")  # else the controller replaces the issuer
    for name in os.listdir(state):
        os.chmod(f"{state}/{name}", 0o600)
        os.chown(f"{state}/{name}", uid, uid)


@e2e("an issuer and an anchor that end soon are ‼ with the day, in table, short and json, and the"
     " exit code stays 0")
def certificates_that_end_soon(binaries):
    with Standalone(binaries) as mesh:
        _make_short_lived(os.path.join(mesh.dir, "state"), 0, 2)
        mesh.start_up()
        for words in ([], ["-o", "short"]):
            said = _check(mesh, "--wait", "10s", *words)
            below = _line_with(said, "‼", "issuer certificate is valid for at least 60 days")
            expect("CN=identity.linkerd.cluster.local ends at 20" in below[1]
                   and below[-1].startswith("put root.pem and root.key into DIR/state"), said)
            _line_with(said, "‼", "trust anchors are valid for at least 60 days")
            expect(said.endswith(_LAST + "‼\n") and ("√" in said) == (not words), said)
        document = json.loads(_check(mesh, "-o", "json"))
        results = [one["result"] for category in document["categories"]
                   for one in category["checks"]]
        expect(document["success"] and results.count("warning") == 2 and "error" not in results,
               f"{document}")


@e2e("a state folder that is open to others is ×, with the command that closes it")
def folder_open_to_others(binaries):
    with Standalone(binaries) as mesh:
        mesh.start_up()
        os.chmod(mesh.dir, 0o755)
        below = _line_with(_check(mesh, "--wait", "10s", code=1), "×",
                           "the state folder is closed to others")
        expect(below[-1] == f"chmod 700 {mesh.dir}", f"{below}")
        os.chmod(mesh.dir, 0o700)
        _check(mesh)


@e2e("check --proxy names every pod whose proxy hangs, none of another namespace, and is not held"
     " up by pods that finished; a declared port that nobody listens on is a ‼")
def proxies_that_hang(binaries):
    with Standalone(binaries) as mesh:
        mesh.start_up()
        pods = [mesh.run("web", [*mesh.server, "0.0.0.0", "8080"], "--port", "8080", "-n", "shop",
                         "--version", version) for version in ("v1", "v2", "v3")]
        mesh.wait_answers("http://web.shop:8080/")
        mesh.run("deaf", ["sleep", "300"], "--port", "9", "-n", "mail")
        done = mesh.run_to_end(["true"], "--name", "finished", "-n", "shop")
        expect(done.returncode == 0, done.stderr)
        said = _check(mesh, "--proxy", "--wait", "10s")
        below = _line_with(said, "‼", "declared ports are listened on")
        expect(any(line.startswith("* mail/deaf-") and line.endswith("does not listen on 9")
                   for line in below), said)
        stopped = [mesh.child(pod, "seine-proxy") for pod in pods[:2]]
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        try:
            began = time.monotonic()
            said = _check(mesh, "--proxy", code=1)
            took = time.monotonic() - began
            for version in ("v1", "v2"):
                expect(f"({version})" in said, f"{version} is not named: {said}")
            expect("(v3)" not in said and "finished" not in said, said)
            _check(mesh, "--proxy", "-n", "mail")
        finally:
            for pid in stopped:
                os.kill(pid, signal.SIGCONT)
        _check(mesh, "--proxy", "--wait", "20s", "-n", "shop")
        return f"two of three proxies that hang are named after {took:.1f} s"

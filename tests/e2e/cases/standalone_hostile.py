# SPDX-License-Identifier: Apache-2.0
"""A CMD that means harm: an attempt a test, each as root's program and as an ordinary user's."""

import json
import os
import subprocess

from harness import e2e, expect
from lab.process import Process, wait_until
from lab.standalone import PYTHON, STRANGER, Standalone

_PROXY_UID = 2102
_HUB = "100.96.0.1"


def _attempt(binaries, script, judge, prepare=None):
    """Runs `script` (which leaves what it came to in `out`) as a pod, beside a server."""
    for uid in (0, STRANGER):
        with Standalone(binaries, uid) as mesh:
            mesh.start_up()
            mesh.run("web", [*mesh.server, "0.0.0.0", "8080"], "--port", "8080")
            mesh.wait_answers("http://web:8080/")
            facts = prepare(mesh) if prepare else {}
            text = ("import json, os, socket, subprocess, sys\nout = {}\n"
                    f"facts = json.loads({json.dumps(json.dumps(facts | {'dir': mesh.dir}))})\n"
                    f"{script}\nprint(json.dumps(out))\n")
            done = mesh.run_to_end([PYTHON, "-c", text], "--name", "hostile", seconds=60)
            expect(done.returncode == 0, f"uid {uid}: {done.stderr}")
            judge(json.loads(done.stdout), f"uid {uid}: {done.stdout}")
            mesh.wait_answers("http://web:8080/")


_TRY = """
def attempt(name, call):
    try:
        out[name] = repr(call())
    except Exception as error:
        out[name] = "refused " + type(error).__name__

def command(*words):
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode:
        raise OSError(done.stderr)
    return done.stdout

REQUEST = b"GET / HTTP/1.1\\r\\nhost: x\\r\\nconnection: close\\r\\n\\r\\n"

def read_from(address, port, text=REQUEST):
    with socket.create_connection((address, port), 10) as connection:
        connection.settimeout(10)
        connection.sendall(text)
        said = b""
        while part := connection.recv(65536):
            said += part
        return said
"""


def _all_refused(out, said):
    expect(out and all(value.startswith("refused") for value in out.values()), said)


@e2e("CMD cannot flush, list or add firewall rules, nor in a user namespace of its own, nor change"
     " addresses and links", seconds=120)
def flush_rules(binaries):
    _attempt(binaries, _TRY + """
attempt("flush", lambda: command("nft", "flush", "ruleset"))
attempt("list", lambda: command("nft", "list", "table", "inet", "seine"))
attempt("in a namespace", lambda: command("unshare", "-Ur", "nft", "list", "table", "inet",
                                          "seine"))
attempt("link", lambda: command("ip", "link", "set", "eth0", "down"))
attempt("address", lambda: command("ip", "address", "add", "100.96.0.77/16", "dev", "eth0"))
attempt("sysctl", lambda: open("/proc/sys/net/ipv4/ip_forward", "w").write("1"))
attempt("raw", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP))
""", _all_refused)


@e2e("CMD finds nothing in the state folder, by whatever path, and no token or key in the processes"
     " it can see", seconds=120)
def read_state(binaries):
    def judge(out, said):
        expect(out["list"] == "[]" and out["processes"] == "True", said)
        expect(all(value.startswith("refused") for name, value in out.items()
                   if name not in ("list", "processes")), said)

    _attempt(binaries, _TRY + """
attempt("list", lambda: os.listdir(facts["dir"]))
attempt("keys", lambda: os.listdir(facts["dir"] + "/state"))
attempt("by the root of init", lambda: os.listdir("/proc/1/root" + facts["dir"] + "/state"))
attempt("by its parent", lambda: os.listdir(facts["dir"] + "/../mesh/registry"))
attempt("unmount", lambda: command("umount", facts["dir"]))
attempt("unmount in a namespace", lambda: command("unshare", "-Urm", "umount", facts["dir"]))
attempt("processes", lambda: all(b"LINKERD2" not in open(f"/proc/{pid}/environ", "rb").read()
                                 for pid in os.listdir("/proc") if pid == str(os.getpid())))
attempt("environment of init", lambda: open("/proc/1/environ").read())
""", judge)


@e2e("CMD cannot become the proxy's user, gain a capability or set a mark on a socket, and so not"
     " pass the redirect", seconds=120)
def become_the_proxy(binaries):
    _attempt(binaries, _TRY + f"""
attempt("uid", lambda: os.setuid({_PROXY_UID}))
attempt("uid of root's choice", lambda: os.setresuid({_PROXY_UID}, {_PROXY_UID}, {_PROXY_UID}))
attempt("group", lambda: os.setgid({_PROXY_UID}))
attempt("su", lambda: command("setpriv", "--reuid={_PROXY_UID}", "id"))
attempt("mark", lambda: socket.socket().setsockopt(socket.SOL_SOCKET, 36, 0x5e1e))
attempt("a network of its own", lambda: os.stat("/proc/1/ns/net") and command(
    "nsenter", "--net=/proc/1/ns/net", "true"))
""", _all_refused)


@e2e("CMD reaches neither the registry's socket nor a write of the controller's, and gets no"
     " certificate: it cannot join as another workload", seconds=120)
def register_as_payments(binaries):
    def prepare(mesh):
        return {"socket": os.path.join(mesh.dir, "registry", "registry.sock"),
                "up": os.path.join(mesh.dir, "up.sock")}

    def judge(out, said):
        for name in ("registry", "up"):
            expect(out[name].startswith("refused"), said)
        for name in ("8080", "8086", "8090"):
            expect("grpc-status: 0" not in out[name] and "BEGIN" not in out[name], said)

    _attempt(binaries, _TRY + f"""
def connect(path):
    with socket.socket(socket.AF_UNIX) as one:
        one.connect(path)

def call(port):
    path = "/seine.registry.v1.Registry/CreateJoinToken"
    done = subprocess.run(["curl", "-sSk", "-m", "5", "--http2-prior-knowledge", "-i", "-X", "POST",
                           "-H", "content-type: application/grpc", "-H", "te: trailers",
                           "--data-binary", "?",
                           f"https://{_HUB}:{{port}}{{path}}"], capture_output=True, text=True)
    return done.stdout + done.stderr

attempt("registry", lambda: connect(facts["socket"]))
attempt("up", lambda: connect(facts["up"]))
for port in ("8080", "8086", "8090"):
    attempt(port, lambda: call(port))
""", judge, prepare)


@e2e("CMD reaches no port of the machine that was not named: neither by loopback, by"
     " host.seine.internal, nor by an address of the machine; nor the egress relay itself",
     seconds=120)
def reach_host_loopback(binaries):
    address = subprocess.run(["hostname", "-I"], capture_output=True, text=True,
                             check=False).stdout.split()

    def prepare(mesh):
        outside = Process("outside", [*mesh.server, "0.0.0.0", "18998"],
                          os.path.join(mesh.home, "outside.log"))
        mesh.processes.append(outside)
        wait_until(lambda: subprocess.run(["curl", "-s", "-o", "/dev/null",
                                           "http://127.0.0.1:18998/"], check=False).returncode == 0,
                   10, "the server of the machine")
        return {"address": address[0] if address else "127.0.0.1"}

    def judge(out, said):
        expect(out and not any("abcdefgh" in value for value in out.values()), said)

    _attempt(binaries, _TRY + """
for host in ("127.0.0.1", "127.0.0.2", "host.seine.internal", "192.0.0.8", facts["address"],
             "::ffff:127.0.0.1", "169.254.169.254", "0.0.0.0"):
    attempt(host, lambda: read_from(host, 18998))
attempt("relay", lambda: read_from("127.94.30.30", 4145, b"egress/1 127.0.0.1:18998\\n"))
""", judge, prepare)

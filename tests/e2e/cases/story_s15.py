# SPDX-License-Identifier: Apache-2.0
"""Story S15, the first command: the install script and the archives it installs."""

import atexit
import contextlib
import functools
import hashlib
import http.server
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading

from harness import e2e, expect
from lab.applications import ROOT
from lab.dive import DiveMesh
from lab.process import LabError, wait_until
from lab.standalone import STRANGER

_INSTALL = os.path.join(ROOT, "tools", "install.sh")
_PROGRAMS = ("seine", "seine-controller", "seine-proxy", "seine-dive", "seine-dive-agent")


def _version_of(binaries):
    return subprocess.run([os.path.join(binaries, "seine"), "version", "--short"], check=True,
                          capture_output=True, text=True).stdout.strip()


def _release(binaries, out):
    done = subprocess.run([os.path.join(ROOT, "tools", "release"), "--bin", binaries, "--out", out],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LabError(f"tools/release failed: {done.stdout}{done.stderr}")
    return done.stdout.strip().splitlines()[-1]


@functools.cache
def _archive_once(binaries):
    """Packing takes its time; most cases want the same."""
    folder = tempfile.mkdtemp(prefix="seine-lab-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return _release(binaries, folder)


def _copied_release(binaries, out):
    made = _archive_once(binaries)
    shutil.copytree(os.path.dirname(made), out)
    return os.path.join(out, os.path.basename(made))


def _as_version(binaries, version, folder):
    """The same programs that say they are another version, of the same length."""
    os.mkdir(folder)
    old = _version_of(binaries)
    expect(len(old) == len(version), f"{old} and {version} differ in length")
    for name in _PROGRAMS:
        with open(os.path.join(binaries, name), "rb") as file:
            content = file.read()
        with open(os.path.join(folder, name), "wb") as file:
            file.write(content.replace(old.encode(), version.encode()))
        os.chmod(os.path.join(folder, name), 0o755)
    return folder


def _newer(version):
    """edge-26.11.1: edge-99.11.1"""
    return re.sub(r"-(\d+)", lambda found: "-" + "9" * len(found[1]), version, count=1)


class _Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class _StallingHandler(_Handler):
    """Sends half of each archive, and then nothing."""

    def copyfile(self, source, outputfile):
        content = source.read()
        if not self.path.endswith(".tar.gz"):
            outputfile.write(content)
            return
        outputfile.write(content[:len(content) // 2])
        outputfile.flush()
        self.server.stalls.set()
        self.server.goes_on.wait(60)


@contextlib.contextmanager
def _served(folder, handler=_Handler):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                             functools.partial(handler, directory=folder))
    server.stalls, server.goes_on = threading.Event(), threading.Event()
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.goes_on.set()
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def _folder():
    folder = tempfile.mkdtemp(prefix="seine-lab-")
    os.chmod(folder, 0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _install(home, *words, code=0, user=()):
    done = subprocess.run([*user, "sh", _INSTALL, *words], capture_output=True, text=True,
                          check=False, timeout=60, cwd="/",
                          env={"HOME": home, "PATH": "/usr/local/bin:/usr/bin:/bin"})
    expect(done.returncode == code, f"{words}: exit {done.returncode}: {done.stdout}{done.stderr}")
    if code != 0:
        expect(done.stderr.startswith("install: ") and done.stderr.count("\n") == 1
               and not done.stdout, f"{words} said {done.stdout!r}{done.stderr!r}")
    return done.stdout + done.stderr


def _installed(home):
    folder = os.path.join(home, ".seine", "versions")
    return sorted(os.listdir(folder)) if os.path.isdir(folder) else []


@e2e("two versions are installed from an HTTP server, side by side; the newer is the default, also"
     " when the older is installed after it, and both run", seconds=120)
def two_versions(binaries):
    with _folder() as folder, _served(folder + "/out") as (_, url):
        home, out = folder + "/home", folder + "/out"
        os.mkdir(home)
        version = _version_of(binaries)
        channel = version.split("-")[0]
        _copied_release(binaries, out)
        said = _install(home, "--from", url, "--channel", channel)
        expect(f"Seine {version} is installed" in said and "is the default" in said, said)
        seine = os.path.join(home, ".seine", "bin", "seine")
        expect(_version_of(os.path.dirname(seine)) == version, "the default is another")

        newer = _newer(version)
        _release(_as_version(binaries, newer, folder + "/newer"), out)
        _install(home, "--from", url, "--channel", channel)
        expect(_installed(home) == sorted([version, newer]), f"{_installed(home)}")
        expect(_version_of(os.path.dirname(seine)) == newer, "the newer is not the default")
        said = _install(home, "--from", url, "--version", version)
        expect("already" in said and f"the default is {newer}" in said, said)
        expect(_version_of(os.path.dirname(seine)) == newer, "the older became the default")
        for one in (version, newer):
            found = _version_of(os.path.join(home, ".seine", "versions", one, "bin"))
            expect(found == one, f"{one} says it is {found}")
        shop = os.path.join(home, ".seine", "versions", newer, "share", "seine", "examples", "shop")
        expect(os.path.isfile(shop + "/build/web/main.js")
               and os.path.isdir(shop + "/node_modules/@grpc/grpc-js")
               and not os.path.exists(shop + "/node_modules/typescript"), "the shop is not whole")


@e2e("the steps that the script prints are commands of the version it installed, and run: check"
     " --pre, up, check, dashboard", seconds=120)
def printed_steps(binaries):
    with _folder() as folder:
        archive = _copied_release(binaries, folder + "/out")
        home = folder + "/home"
        os.mkdir(home)
        said = _install(home, "--from", archive)
        path = re.search(r'^    export PATH="(.*):\$PATH"$', said, re.MULTILINE)[1]
        steps = re.findall(r"^    seine (\S+(?: --\S+)*)", said, re.MULTILINE)
        expect(steps == ["check --pre", "up", "check", "dashboard"], said)
        with DiveMesh(path) as mesh:
            for step in steps:
                if step == "up":
                    mesh.start_up()
                    mesh.wait_dive()
                    continue
                flags = ["--show-url"] if step == "dashboard" else ["--wait", "10s"]
                done = mesh.seine(*step.split(), "--dir", mesh.dir, *flags)
                expect(done.returncode == 0, f"{step}: {done.stdout}{done.stderr}")
            link = re.search(r"http://\S+", done.stdout)[0]
            page = subprocess.run(["curl", "-sSL", "-m", "10", "-c", "/dev/null", link],
                                  capture_output=True, text=True, check=False).stdout
            expect("<!doctype html>" in page, f"{link} leads to {page!r}")
        return f"printed and run: {', '.join(steps)}"


@e2e("a tampered archive, a missing checksum, an unknown version, a wrong name, a prefix that"
     " cannot be written and wrong flags are one sentence each, and change nothing", seconds=120)
def refusals(binaries):
    with _folder() as folder, _served(folder + "/out") as (_, url):
        home, out = folder + "/home", folder + "/out"
        os.mkdir(home)
        archive = _copied_release(binaries, out)
        with open(archive, "r+b") as file:
            file.seek(os.path.getsize(archive) // 2)
            octet = file.read(1)
            file.seek(-1, os.SEEK_CUR)
            file.write(bytes([octet[0] ^ 1]))
        said = _install(home, "--from", f"{url}/{os.path.basename(archive)}", code=1)
        expect("checksum" in said, said)
        os.remove(archive + ".sha256")
        expect("no checksum" in _install(home, "--from", archive, code=1), "without a checksum")
        expect("is edge-1.2.3 a version" in
               _install(home, "--from", url, "--version", "edge-1.2.3", code=1), "unknown version")
        expect("newest" in _install(home, "--from", url, "--channel", "stable", code=1), "channel")
        renamed = shutil.copy(archive, out + "/seine.tar.gz")
        expect("not named" in _install(home, "--from", renamed, code=1), "a wrong name")
        for words in ([], ["--from"], ["--from", url, "--version", "latest"],
                      ["--from", url, "--channel", "weekly"], ["--nonsense"]):
            _install(home, *words, code=64)
        expect(_installed(home) == [], f"{_installed(home)} was installed")
        expect(not os.path.exists(home + "/.seine/bin"), "there is a default")
        stranger = ["setpriv", f"--reuid={STRANGER}", f"--regid={STRANGER}", "--clear-groups"]
        with open(_INSTALL, encoding="utf-8") as file:
            script = file.read()
        done = subprocess.run([*stranger, "sh", "-s", "--", "--from", url], input=script,
                              capture_output=True, text=True, check=False, cwd="/",
                              env={"HOME": home, "PATH": "/usr/bin:/bin"})
        expect(done.returncode == 1 and "cannot be written" in done.stderr
               and done.stderr.count("\n") == 1, f"{done.stdout!r} {done.stderr!r}")


@e2e("an archive with the right checksum that holds another version than its name says, programs"
     " that want a library which is not there, or files outside of its folder, is refused",
     seconds=120)
def archives_that_lie(binaries):
    with _folder() as folder:
        home = folder + "/home"
        os.mkdir(home)
        archive = _copied_release(binaries, folder + "/out")
        version = _version_of(binaries)

        def signed(path):
            with open(path, "rb") as file:
                digest = hashlib.sha256(file.read()).hexdigest()
            with open(path + ".sha256", "w", encoding="ascii") as file:
                file.write(f"{digest}  {os.path.basename(path)}\n")
            return path
        other = signed(shutil.copy(archive, archive.replace(version, _newer(version))))
        expect(f"says it is {version}" in _install(home, "--from", other, code=1), "another one")
        subprocess.run(["tar", "-xzf", archive, "-C", folder], check=True)
        name = os.path.basename(archive).removesuffix(".tar.gz")
        seine = os.path.join(folder, name, "bin", "seine")
        with open(seine, "rb") as file:
            content = file.read()
        with open(seine, "wb") as file:
            file.write(content.replace(b"libsimdjson.so", b"libsimdjsox.so"))
        subprocess.run(["tar", "-czf", archive, "-C", folder, name], check=True)
        said = _install(home, "--from", signed(archive), code=1)
        expect("this machine lacks libsimdjsox.so" in said, said)
        os.mkdir(folder + "/evil")
        with open(folder + "/escaped", "w", encoding="ascii") as file:
            file.write("out")
        subprocess.run(["tar", "-czPf", archive, "-C", folder + "/evil", "../escaped"], check=True)
        expect("leave its folder" in _install(home, "--from", signed(archive), code=1), "a way out")
        expect(_installed(home) == [], f"{_installed(home)} was installed")


@e2e("kill -9 in the middle of the download leaves no version and no default, and the next run"
     " installs", seconds=120)
def killed_in_the_middle(binaries):
    with _folder() as folder, _served(folder + "/out", _StallingHandler) as (server, url):
        home = folder + "/home"
        os.mkdir(home)
        archive = _copied_release(binaries, folder + "/out")
        running = subprocess.Popen(["sh", _INSTALL, "--from", f"{url}/{os.path.basename(archive)}"],
                                   start_new_session=True, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL,
                                   env={"HOME": home, "PATH": "/usr/bin:/bin"})
        wait_until(server.stalls.is_set, 20, "half of the archive")
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        expect(not [name for name in _installed(home) if not name.startswith(".")]
               and not os.path.exists(home + "/.seine/bin"), f"{_installed(home)} is left")
        _install(home, "--from", archive)
        expect(_version_of(home + "/.seine/bin") == _version_of(binaries), "it is not installed")


@e2e("the same programs make the same archive, octet by octet", seconds=120)
def reproducible(binaries):
    with _folder() as folder:
        digests = set()
        for archive in (_archive_once(binaries), _release(binaries, folder)):
            with open(archive, "rb") as file:
                digests.add(hashlib.sha256(file.read()).hexdigest())
        expect(len(digests) == 1, f"{digests}")

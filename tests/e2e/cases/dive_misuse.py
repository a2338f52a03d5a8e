# SPDX-License-Identifier: Apache-2.0
"""Databases and agents that misbehave: what Dive says, and that no count is lost or doubled."""

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import time

from harness import e2e, expect
from lab.counting import Counting
from lab.dive import DiveMesh
from lab.postgres import Postgres
from lab.process import wait_until

_PORT = 8080


def _dive(mesh, command, folder, *words):
    """seine-dive by itself, to its end; one that serves is given three seconds."""
    line = [os.path.join(mesh.binaries, "seine-dive"), command, "--state-dir", folder, *words]
    if command == "serve":
        line = ["timeout", "3", *line, "--listen", "127.0.0.1:0", "--web-listen", "127.0.0.1:0",
                "--admin-listen", "127.0.0.1:0"]
    return subprocess.run(line, capture_output=True, text=True, check=False, timeout=30)


def _expect_refused(done, code, *words):
    expect(done.returncode == code and done.stderr.count("\n") == 1
           and all(word in done.stderr for word in words),
           f"{code} and {words} were expected, and came {done.returncode}: {done.stderr}")


@e2e("a database of a newer version, one that is none, a corrupt one and a folder are each refused"
     " in a sentence that says where and what to do, and left as they are", seconds=60, waits=True)
def unusable_database(binaries):
    with DiveMesh(binaries) as lab:
        good = os.path.join(lab.folder, "good")
        done = _dive(lab, "serve", good)
        expect(done.returncode == 124, f"a new one: {done.returncode} {done.stderr}")

        def spoilt(name, spoil):
            folder = os.path.join(lab.folder, name)
            shutil.copytree(good, folder, ignore=shutil.ignore_patterns("*.sock"))
            spoil(os.path.join(folder, "dive.db"))
            return folder

        def of_the_future(path):
            with contextlib.closing(sqlite3.connect(path)) as database:
                database.execute("INSERT INTO seine_migrations VALUES (9999, 'of the future')")
                database.commit()

        def overwrite(path):
            with open(path, "r+b") as file:
                file.seek(4096)
                file.write(b"\xa5" * (os.path.getsize(path) - 4096))

        def text(path):
            with open(path, "w", encoding="utf-8") as file:
                file.write("these are notes, and no database\n" * 500)

        def make_folder(path):
            os.remove(path)
            os.mkdir(path)

        for name, spoil, code, words in (
                ("newer", of_the_future, 64, ("9999", "newer program")),
                ("corrupt", overwrite, 1, ("malformed", "restore a backup")),
                ("text", text, 1, ("not an SQLite database", "restore a backup")),
                ("folder", make_folder, 64, ("is not a file",))):
            folder = spoilt(name, spoil)
            before = _bytes(f"{folder}/dive.db")
            for command, more in (("serve", ()), ("backup", (f"{lab.folder}/{name}.backup",))):
                _expect_refused(_dive(lab, command, folder, *more), code, *words)
            expect(_bytes(f"{folder}/dive.db") == before, f"{name} was changed")
            expect(not os.path.exists(f"{lab.folder}/{name}.backup"), f"{name} was backed up")
        _expect_refused(_dive(lab, "serve", good, "--database", "postgres://x@127.0.0.1:1/y"), 1,
                        "--database", "127.0.0.1", "refused")


def _bytes(path):
    if os.path.isdir(path):
        return None
    with open(path, "rb") as file:
        return file.read()


@e2e("another process holds the database's lock for 10 s under load: pages are served, who would"
     " write is told why not, and afterwards each request is counted once", seconds=90, waits=True)
def locked_database(binaries):
    with DiveMesh(binaries) as mesh:
        counting = Counting(mesh).start()
        with counting.load(14):
            database = sqlite3.connect(os.path.join(mesh.dir, "dive", "dive.db"))
            database.execute("BEGIN EXCLUSIVE")
            begun = time.monotonic()
            time.sleep(2)
            expect(mesh.requests_to("web") is not None, "the dashboard fails")
            refused = mesh.seine("event", "add", "While it is locked", "--about", "cluster",
                                 "--dir", mesh.dir)
            expect(refused.returncode == 1 and "locked by another process" in refused.stderr,
                   f"an event: {refused.returncode} {refused.stderr}")
            time.sleep(max(0, 10 - (time.monotonic() - begun)))
            database.rollback()
            database.close()
        told = counting.expect_all()
        done = mesh.seine("event", "add", "It is free", "--about", "cluster", "--dir", mesh.dir)
        expect(done.returncode == 0, done.stderr)
        return told


@e2e("the disk of the database is full under load: Dive says so and lives, and once there is room"
     " each request is counted once, without a restart", seconds=120, waits=True)
def full_disk(binaries):
    with DiveMesh(binaries) as mesh, _small_disk(os.path.join(mesh.dir, "dive"), "12m") as folder:
        counting = Counting(mesh).start()
        pid = mesh.child(mesh.up, "seine-dive")
        with counting.load(12):
            ballast = os.path.join(folder, "ballast")
            _fill(ballast)

            def refused():
                done = mesh.seine("event", "add", "x" * 200, "--about", "cluster", "--description",
                                  "y" * 4000, "--dir", mesh.dir)
                return done if done.returncode != 0 else None
            done = wait_until(refused, 10, "an event that has no room")
            expect(done.returncode == 1 and "make room" in done.stderr,
                   f"an event: {done.stderr}")
            backup = mesh.seine("dive", "backup", f"{folder}/dive.backup", "--dir", mesh.dir)
            expect(backup.returncode == 1 and "cannot be written" in backup.stderr
                   and "ENOSPC" in backup.stderr, f"a backup: {backup.stderr}")
            expect([name for name in os.listdir(folder) if "backup" in name] == [],
                   "half a backup was left")
            time.sleep(4)
            os.remove(ballast)
        told = counting.expect_all()
        expect(mesh.child(mesh.up, "seine-dive") == pid, "Dive was started again")
        return told


@contextlib.contextmanager
def _small_disk(folder, size):
    os.mkdir(folder, 0o700)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "tmpfs", folder],
                   check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=False)


def _fill(path):
    with open(path, "wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            pass


@e2e("the database file is moved away under load: seine and seine check say so, nobody makes an"
     " empty one, and when it is back each request is counted once", seconds=120, waits=True)
def removed_database(binaries):
    with DiveMesh(binaries) as mesh:
        counting = Counting(mesh).start()
        folder, aside = os.path.join(mesh.dir, "dive"), os.path.join(mesh.folder, "aside")
        os.mkdir(aside)
        with counting.load(8):
            # SQLite's own files first, so that nothing is written to a file without them.
            pid = mesh.child(mesh.up, "seine-dive")
            os.kill(pid, signal.SIGSTOP)
            files = [name for name in os.listdir(folder) if name.startswith("dive.db")]
            for name in files:
                os.rename(os.path.join(folder, name), os.path.join(aside, name))
            os.kill(pid, signal.SIGCONT)
            time.sleep(1)
            done = mesh.seine("event", "add", "Nowhere", "--about", "cluster", "--dir", mesh.dir)
            expect(done.returncode == 1 and "dive.db is not there" in done.stderr,
                   f"an event: {done.stderr}")
            check = mesh.seine("check", "--dir", mesh.dir, seconds=60)
            expect(check.returncode != 0 and "× Dive's database" in check.stdout, check.stdout)
            done = mesh.seine("dive", "backup", f"{mesh.folder}/x.backup", "--dir", mesh.dir)
            expect(done.returncode == 1 and "is not there" in done.stderr
                   and not os.path.exists(f"{mesh.folder}/x.backup"), f"a backup: {done.stderr}")
            expect([name for name in os.listdir(folder) if name.startswith("dive.db")] == [],
                   "an empty database was made")
            for name in files:
                os.rename(os.path.join(aside, name), os.path.join(folder, name))
        return counting.expect_all()


@e2e("a backup under load is of one moment and loses nothing; restored into an empty folder it has"
     " the same objectives, events and counts; one that is damaged, and a database that has"
     " something, are refused", seconds=120, waits=True)
def backup_and_restore(binaries):
    with DiveMesh(binaries) as mesh, DiveMesh(binaries) as other:
        counting = Counting(mesh).start()
        file = os.path.join(mesh.folder, "dive.backup")
        done = mesh.seine("objective", "set", "svc/web", "--success", "99%", "--dir", mesh.dir)
        expect(done.returncode == 0, done.stderr)
        title = "<b>שלום</b> [x](javascript:alert(1))"
        done = mesh.seine("event", "add", title, "--about", "svc/web", "--dir", mesh.dir)
        expect(done.returncode == 0, done.stderr)
        with counting.load(5):
            for _ in range(3):
                done = mesh.seine("dive", "backup", file, "--dir", mesh.dir)
                expect(done.returncode == 0, done.stderr)
        counting.expect_all()
        done = mesh.seine("dive", "backup", file, "--dir", mesh.dir)
        expect(done.returncode == 0, done.stderr)
        refused = mesh.seine("dive", "restore", file, "--dir", mesh.dir)
        _expect_refused(refused, 1, "another process", "end it first")
        _expect_damage_is_found(mesh, file)

        done = other.seine("dive", "restore", file, "--dir", other.dir)
        expect(done.returncode == 0 and "restored" in done.stdout, done.stderr)
        events = {one["id"] for one in mesh.rows("event", "list")}
        objectives = mesh.rows("objective", "list")
        mesh.up.signal(signal.SIGTERM)
        mesh.up.wait(30)
        refused = mesh.seine("dive", "restore", file, "--dir", mesh.dir)
        _expect_refused(refused, 64, "already", "empty one")
        other.start_up()
        wait_until(lambda: "Dive is ready" in other.up.log(), 40, "the restored Dive")
        names = [[one["name"] for one in each] for each in
                 (objectives, other.rows("objective", "list"))]
        expect(names[0] == names[1] and len(names[0]) == 1, f"objectives are {names}")
        found = {one["id"]: one for one in other.rows("event", "list")}
        expect(events <= set(found) and title in [one["title"] for one in found.values()],
               f"{events} became {found}")
        expect(other.requests_to("web") == counting.total,
               f"{counting.total} requests became {other.requests_to('web')}")
        return f"{counting.total} requests, {len(events)} events"


def _expect_damage_is_found(mesh, file):
    whole = _bytes(file)
    for name, content in (("cut", whole[:-20]), ("short", whole[:100]), ("empty", b""),
                          ("turned", whole[:500] + bytes([whole[500] ^ 1]) + whole[501:])):
        path, folder = os.path.join(mesh.folder, name), os.path.join(mesh.folder, f"{name}-into")
        os.mkdir(folder)
        with open(path, "wb") as copy:
            copy.write(content)
        done = _dive(mesh, "restore", folder, path)
        expect(done.returncode == 64 and "backup" in done.stderr, f"{name}: {done.stderr}")
        # What it began with may be there; a whole one is still taken.
        done = _dive(mesh, "restore", folder, file)
        expect(done.returncode == 0, f"after {name}: {done.stderr}")


@e2e("PostgreSQL keeps what Dive keeps; it is stopped for 4 s under load, and each request is"
     " counted once; a backup goes from it into a file of SQLite", seconds=120, waits=True)
def on_postgres(binaries):
    with Postgres() as server, DiveMesh(binaries) as mesh:
        _tell_database(mesh, server.url)
        counting = Counting(mesh).start()
        expect(not os.path.exists(os.path.join(mesh.dir, "dive", "dive.db")), "it is on SQLite")
        pid = mesh.child(mesh.up, "seine-dive")
        with counting.load(12):
            time.sleep(2)
            server.stop_at_once()
            time.sleep(4)
            server.start()
        told = counting.expect_all()
        expect(mesh.child(mesh.up, "seine-dive") == pid, "Dive was started again")
        file, folder = os.path.join(mesh.folder, "pg.backup"), os.path.join(mesh.folder, "sqlite")
        os.mkdir(folder)
        done = _dive(mesh, "backup", folder, file)
        expect(done.returncode == 0, done.stderr)
        mesh.binaries = binaries
        done = _dive(mesh, "restore", folder, file)
        expect(done.returncode == 0, done.stderr)
        with contextlib.closing(sqlite3.connect(os.path.join(folder, "dive.db"))) as database:
            series, = database.execute("SELECT count(*) FROM series").fetchone()
        expect(series > 0, "there are no series in the copy")
        return told


def _tell_database(mesh, url):
    """From now on `seine-dive` is told this database, whoever starts it: `seine up` has no flag."""
    real, folder = mesh.binaries, os.path.join(mesh.folder, "told")
    os.mkdir(folder)
    for name in ("seine", "seine-controller", "seine-proxy", "seine-dive-agent"):
        shutil.copy(os.path.join(real, name), folder)
    program = os.path.join(folder, "seine-dive")
    with open(program, "w", encoding="utf-8") as script:
        script.write(f"#!/bin/sh\nexec {real}/seine-dive \"$@\" '--database={url}'\n")
    os.chmod(program, 0o755)
    mesh.binaries = folder


@e2e("an agent that is put back to an old folder of its own, with an outbox full of what Dive has,"
     " tells all of it again, and Dive doubles nothing", seconds=120, waits=True)
def replayed_outbox(binaries):
    with DiveMesh(binaries) as mesh:
        counting = Counting(mesh).start()
        folder, old = os.path.join(mesh.dir, "dive-agent"), os.path.join(mesh.folder, "old")
        with counting.load(7):
            # While Dive is still, there is much that it has not acknowledged.
            pid = mesh.child(mesh.up, "seine-dive")
            os.kill(pid, signal.SIGSTOP)
            time.sleep(5)
            shutil.copytree(folder, old)
            os.kill(pid, signal.SIGCONT)
        counting.expect_all()
        mesh.up.signal(signal.SIGTERM)
        expect(mesh.up.wait(30) == 0, mesh.up.tail())
        shutil.rmtree(folder)
        shutil.copytree(old, folder)
        mesh.start_up("--report-every", "1s")
        mesh.wait_dive()
        time.sleep(5)
        return counting.expect_all()


@e2e("a token to join by is good once: a second agent with it is told why not, and stays out, and"
     " so is one with a token that was made up", seconds=60, waits=True)
def reused_token(binaries):
    with DiveMesh(binaries) as mesh:
        mesh.start_up()
        mesh.wait_dive()
        done = mesh.seine("dive", "join-token", "--cluster", "east", "--dir", mesh.dir, "-o",
                          "json")
        expect(done.returncode == 0, done.stderr)
        token = json.loads(done.stdout)["token"]
        program = os.path.join(mesh.binaries, "seine-dive-agent")

        def agent(name, said):
            folder = os.path.join(mesh.folder, name)
            os.mkdir(folder, 0o700)
            return mesh.run(name, ["env", f"SEINE_DIVE_AGENT_JOIN_TOKEN={said}", program,
                                   "--dive=dive.seine.svc.cluster.local:8085", "--cluster=east",
                                   f"--feed-socket={folder}/none.sock", f"--state-dir={folder}",
                                   "--admin-listen=127.0.0.1:9991"])
        first = agent("first", token)
        wait_until(lambda: "has joined Dive" in first.log(), 20, "the first joins")
        for name, said in (("second", token), ("third", "made-up")):
            log = agent(name, said)
            wait_until(lambda: "does not take the token" in log.log(), 20, f"the {name} is told")
            expect("make another" in log.log() and said not in log.log(), log.tail())
            expect("has joined Dive" not in log.log(), f"the {name} has joined")
        expect(first.is_running(), "the first ended")


@e2e("objectives and events that cannot be are refused with 64 and the reason; hostile text, and"
     " text of right to left, is kept as it is", seconds=60, waits=True)
def bad_words(binaries):
    with DiveMesh(binaries) as mesh:
        mesh.start_up()
        mesh.wait_dive()
        mesh.run("web", [*mesh.server, "127.0.0.1", str(_PORT)], "--port", f"{_PORT}:http1")
        mesh.wait_answers(f"http://web:{_PORT}/")
        long_name = "a" * 253
        for words, code, said in (
                (("svc/web", "--success", "100%"), 64, "no error budget"),
                (("svc/web", "--success", "0%"), 64, "above 0%"),
                (("svc/web", "--success", "99%", "--window", "200d"), 64, "1h to 90d"),
                (("svc/wbe", "--success", "99%"), 1, "no cluster has a service wbe"),
                (("svc/" + long_name, "--success", "99%"), 64, "at most 63"),
                (("svc/web", "--success", "99%", "--name", "\u202eeb"), 64, "at most 63"),
                (("svc/web", "--success", "soon"), 64, "write a percentage")):
            done = mesh.seine("objective", "set", *words, "--dir", mesh.dir)
            expect(done.returncode == code and said in done.stderr and "\u202e" not in done.stderr,
                   f"{words}: {done.returncode} {done.stderr}")
        done = mesh.seine("objective", "set", f"deploy/{long_name}", "--success", "99%",
                          "--name", "long", "--allow-unknown", "--dir", mesh.dir)
        expect(done.returncode == 0, f"a workload of 253 characters: {done.stderr}")
        text = "[x](javascript:alert(1)) <img src=x onerror=alert(1)> ```\nשלום\n| a | b |\n"
        done = mesh.seine("event", "add", "مرحبا", "--about", f"deploy/{long_name}",
                          "--allow-unknown", "--description", text, "-o", "json", "--dir",
                          mesh.dir)
        expect(done.returncode == 0, f"an event: {done.stderr}")
        status, shown = mesh.owner_socket(f"/api/v1/events/{json.loads(done.stdout)['id']}")
        shown = json.loads(shown)
        expect(status == 200 and (shown["title"], shown["description"].strip())
               == ("مرحبا", text.strip()), f"it became {shown}")

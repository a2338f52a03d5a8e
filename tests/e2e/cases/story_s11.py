# SPDX-License-Identifier: Apache-2.0
"""Story S11: one failure in a thousand. A server closes an idle connection as a request comes."""

import re
import sys

from harness import e2e, expect
from lab.applications import peer, start_listener
from lab.mesh import HTTP_PORT, Mesh, usual_workloads


def _start_server(mesh, *manner):
    return start_listener(mesh["s"], "idle-closer", HTTP_PORT, [
        sys.executable, peer("idle_closer.py"), mesh["s"].ipv4, HTTP_PORT, *manner])


def _ask(mesh, method, connections, period, seconds):
    """(asked, failed, what it said)."""
    done = mesh["c"].run([sys.executable, peer("periodic_client.py"), mesh["s"].ipv4, HTTP_PORT,
                          method, connections, period, seconds], seconds + 20)
    said = re.search(r"asked (\d+), failed (\d+)", done.stdout)
    expect(said, f"the client ended: {done.stdout}{done.stderr}")
    return int(said[1]), int(said[2]), done.stdout


def _lines(server, word):
    return sum(1 for line in server.log().splitlines() if line.startswith(f"{word} "))


@e2e("a server that closes connections after just the time its clients let pass between two"
     " requests: none of 1,000 fails, meshed or not", seconds=120)
def equal_timers(binaries):
    for meshed in (True, False):
        with Mesh(binaries, usual_workloads(meshed)).start() as mesh:
            server = _start_server(mesh, "after", "0.5")
            asked, failed, said = _ask(mesh, "GET", 50, 0.5, 10)
            expect(asked >= 900, f"only {asked} were asked")
            expect(failed == 0, f"meshed {meshed}: {said}")
            expect(_lines(server, "served") == asked,
                   f"{asked} were asked, the server answered {_lines(server, 'served')}")


@e2e("a request on a used connection, which its server resets without a byte, goes out once more"
     " where it is safe to repeat, and never where it is not", seconds=90)
def repeated_where_safe(binaries):
    with Mesh(binaries).start() as mesh:
        server = _start_server(mesh, "at-reuse")
        asked, failed, said = _ask(mesh, "GET", 20, 0.2, 6)
        cut = _lines(server, "cut")
        expect(failed == 0, said)
        expect(cut > asked / 4, f"only {cut} of {asked} met a connection that was reset")
        expect(_lines(server, "served") == asked,
               f"{asked} were asked, the server answered {_lines(server, 'served')}")
        asked, failed, said = _ask(mesh, "POST", 20, 0.2, 4)
        posts = [line for line in server.log().splitlines() if " POST " in line]
        expect(len(posts) == asked, f"{asked} POST were asked, {len(posts)} reached the server")
        expect(failed == sum(line.startswith("cut ") for line in posts) and failed > 0, said)
        expect("ECONNRESET" in mesh.proxies["server"].log(), mesh.proxies["server"].tail())

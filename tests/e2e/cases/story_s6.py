# SPDX-License-Identifier: Apache-2.0
"""Story S6: which proxies are old?"""

import json
import re

from harness import e2e, expect
from lab.process import wait_until
from lab.standalone import Standalone


@e2e("version --proxy prints the version of the command, of the controller, and of proxies with how"
     " many pods have it; without a mesh the server is unavailable, and --proxy says what to do")
def which_proxies_are_old(binaries):
    with Standalone(binaries) as mesh:
        done = mesh.seine("version", "--dir", mesh.dir)
        expect(done.returncode == 0 and "Server version: unavailable\n" in done.stdout,
               f"without a mesh: exit {done.returncode}, {done.stdout!r}, {done.stderr!r}")
        done = mesh.seine("version", "--dir", mesh.dir, "--proxy")
        expect(done.returncode == 1 and "seine up" in done.stderr and not done.stdout,
               f"--proxy without a mesh: exit {done.returncode}, {done.stdout!r}, {done.stderr!r}")
        mesh.start_up()
        for name in ("web", "web", "payments"):
            mesh.run(name, ["sleep", "60"])
        ours = mesh.seine("version", "--short").stdout.strip()

        def said():
            return mesh.seine("version", "--dir", mesh.dir, "--proxy").stdout
        wanted = (f"Client version: {ours}\nServer version: {ours}\nProxy versions:\n"
                  f"\t{ours} (3 pods)\n")
        wait_until(lambda: said() == wanted, 20, f"{wanted!r} instead of {said()!r}")
        done = mesh.seine("version", "--dir", mesh.dir, "--proxy", "-o", "json")
        expect(json.loads(done.stdout) == {"client": ours, "server": ours,
                                           "proxies": [{"version": ours, "pods": 3}]},
               done.stdout)
        expect(re.fullmatch(r"(edge-\d+\.\d+\.\d+|stable-\d+\.\d+\.\d+|dev).*", ours),
               f"{ours!r} is no version")

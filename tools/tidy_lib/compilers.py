# SPDX-License-Identifier: Apache-2.0
"""The rules that cost a compiler: format, clang-tidy, CPU time of a translation unit."""

import concurrent.futures
import json
import os
import pathlib
import re
import resource
import shlex
import shutil
import statistics
import subprocess
import tempfile
import time

RULES = {"format", "clang-tidy", "unit-cost"}
UNIT_SECONDS = 6.0
MEDIAN_SECONDS = 2.0

# Where to find how a file is compiled; of the presets that were configured, the first that has
# the file is taken (release leaves out tests and fuzz targets).
PRESETS = ("asan", "dev", "release")

_DIAGNOSTIC = re.compile(r"^(?P<path>/\S+?):(?P<line>\d+):\d+: (?:warning|error): (?P<text>.*)$",
                         re.MULTILINE)


def check(root, files, arguments, findings):
    cpp = [file for file in files if file.is_cpp]
    check_format(root, cpp, findings)
    database = read_database(root, findings)
    units = [file for file in cpp if file.full_path.resolve() in database]
    if units:
        check_clang_tidy(root, units, database, arguments.seconds, findings)
        check_cost(units, database, arguments.all, findings)


def read_database(root, findings):
    """Compile commands by source path; empty, with a note, before the first build."""
    database = {}
    for preset in PRESETS:
        listing = root / "build" / preset / "compile_commands.json"
        if not listing.is_file():
            continue
        findings.note(f"compile commands of build/{preset}")
        for entry in json.loads(listing.read_text(encoding="utf-8")):
            database.setdefault(pathlib.Path(entry["file"]).resolve(), entry)
    if database:
        return database
    findings.note("no build/*/compile_commands.json: clang-tidy and the cost of translation "
                  "units are skipped (make build writes it)")
    return database


def check_format(root, files, findings):
    tool = shutil.which("clang-format-19")
    if tool is None or not files:
        if files:
            findings.note("no clang-format-19: the format is not checked")
        return
    for file in files:
        out = subprocess.run([tool, "--dry-run", "--Werror", file.full_path], cwd=root,
                             capture_output=True, text=True)
        match = re.search(r":(\d+):\d+: error:", out.stderr)
        if match:
            findings.refuse("format", file.path, int(match.group(1)),
                            "clang-format would write this otherwise; run make format")


def check_clang_tidy(root, units, database, seconds, findings):
    tool = shutil.which("clang-tidy-19")
    if tool is None:
        findings.note("no clang-tidy-19: its checks are skipped")
        return
    deadline = time.monotonic() + seconds

    def run(file):
        left = deadline - time.monotonic()
        if left <= 0:
            return None
        directory = build_folder(database[file.full_path.resolve()])
        try:
            return subprocess.run([tool, "--quiet", "-p", directory, file.full_path], cwd=root,
                                  capture_output=True, text=True, timeout=left)
        except subprocess.TimeoutExpired:
            return None

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = list(pool.map(run, units))
    late = runs.count(None)
    if late:
        findings.note(f"clang-tidy reached its limit of {seconds} s: {late} of {len(units)} "
                      f"files not checked (--seconds gives more)")
    for file, done in zip(units, runs):
        if done is not None and done.returncode != 0 and not _DIAGNOSTIC.search(done.stdout):
            findings.refuse("clang-tidy", file.path, 1,
                            "clang-tidy cannot read it as the build folder says; build first")
    outputs = [done.stdout for done in runs if done is not None]
    for path, line, text in sorted(diagnostics(root, outputs)):
        findings.refuse("clang-tidy", path, line, text)


def diagnostics(root, outputs):
    """Each complaint once, however many translation units see it."""
    found = set()
    for output in outputs:
        for line in (output or "").splitlines():
            match = _DIAGNOSTIC.match(line)
            if match:
                path = os.path.relpath(match["path"], root)
                found.add((path, int(match["line"]), match["text"]))
    return found


def build_folder(entry):
    """The folder that holds compile_commands.json, which is where Ninja runs its commands."""
    return entry["directory"]


def check_cost(units, database, everything, findings):
    costs = {}
    with tempfile.TemporaryDirectory() as folder:
        scales = Scales(folder)
        for file in units:
            entry = database[file.full_path.resolve()]
            cost = scales.weigh(entry)
            if cost is not None and cost > UNIT_SECONDS:
                # Once more: a busy machine inflates CPU time, the code does not deflate it.
                cost = min(cost, scales.weigh(entry) or cost)
            if cost is None:
                findings.refuse("unit-cost", file.path, 1,
                                "it does not compile as the build folder says; build first")
                continue
            costs[file] = cost
            if cost > UNIT_SECONDS:
                findings.refuse("unit-cost", file.path, 1,
                                f"compiling it takes {cost:.1f} s of CPU and may take "
                                f"{UNIT_SECONDS:.0f} s; include less, or hide the costly header "
                                f"behind one of ours")
    if not costs:
        return
    dearest = max(costs, key=costs.get)
    median = statistics.median(costs.values())
    findings.note(f"{len(costs)} translation units: median {median:.2f} s of CPU, most "
                  f"{costs[dearest]:.2f} s ({dearest.path})")
    if everything and median > MEDIAN_SECONDS:
        findings.refuse("unit-cost", dearest.path, 1,
                        f"the median translation unit takes {median:.2f} s of CPU and may take "
                        f"{MEDIAN_SECONDS:.0f} s; this one is the dearest")


class Scales:
    """Weighs translation units: seconds of user and system time to compile to nowhere, without the
    compiler cache.

    And without optimization and sanitizers: what a header costs its includers is the same
    whichever preset was built, and is what everyone pays who changes a file. Headers that the
    preset precompiles are so here too, once for all units.
    """

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.precompiled = {}

    def weigh(self, entry):
        """None when it does not compile."""
        command = [word for word in shlex.split(entry["command"])
                   if not word.startswith(("-O", "-fsanitize", "-fno-sanitize"))]
        if pathlib.Path(command[0]).name == "ccache":
            command = command[1:]
        command[command.index("-o") + 1] = os.devnull
        if "-include-pch" in command:
            place = command.index("-include-pch") + 1
            command[place] = self.precompile(command, place, entry["directory"])
        return cpu_seconds(command, entry["directory"])

    def precompile(self, command, place, directory):
        header = command[place].removesuffix(".pch")
        if header not in self.precompiled:
            out = str(self.folder / f"{len(self.precompiled)}.pch")
            flags = command[:place - 1] + command[place + 1:command.index("-o")]
            cpu_seconds([*flags, "-w", "-Xclang", "-emit-pch", "-fpch-instantiate-templates",
                         "-x", "c++-header", header, "-o", out], directory)
            self.precompiled[header] = out
        return self.precompiled[header]


def cpu_seconds(command, directory):
    """Of one command; None when it fails."""
    environment = {**os.environ, "CCACHE_DISABLE": "1"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ended = subprocess.run(command, cwd=directory, env=environment, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if ended.returncode != 0:
        return None
    return (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)

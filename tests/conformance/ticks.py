# SPDX-License-Identifier: Apache-2.0
"""What held, what did not, and what was not tried and why."""

import textwrap


class Ticks:
    """`excused` is the file of cases that cannot apply to a proxy; with `strict`, as in continuous
    integration, a stranger that the machine lacks counts as a failure."""

    def __init__(self, excused, strict):
        self.passed = self.failed = self.missing_count = 0
        self._strict = strict
        self._reasons = _read(excused)
        self._excused = []

    def ok(self, name, told=""):
        self.passed += 1
        print(f"ok   {name}{f': {told}' if told else ''}", flush=True)

    def group(self, name, count):
        """`count` cases that held, in one line."""
        self.passed += count
        print(f"ok   {name}: {count}", flush=True)

    def fail(self, name, reason):
        self.failed += 1
        print(f"FAIL {name}\n{textwrap.indent(reason.strip(), '     ')}", flush=True)

    def excuses(self, name):
        """The reason if the case is one that cannot apply, which is then counted and told; else
        None."""
        if name not in self._reasons:
            return None
        self._excused.append(name)
        print(f"skip {name}: {self._reasons[name]}", flush=True)
        return self._reasons[name]

    def missing(self, name, what):
        """A stranger that this machine lacks."""
        if self._strict:
            self.fail(name, f"{what} is missing; tools/bootstrap conformance installs it")
            return
        self.missing_count += 1
        print(f"skip {name}: {what} is missing; tools/bootstrap conformance installs it",
              flush=True)

    def report(self):
        """The exit code, after the last lines."""
        print(f"skipped: {len(self._excused)} that cannot apply to a proxy,"
              f" {self.missing_count} for want of a stranger")
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed else 0


def _read(path):
    """{case: reason} of lines `CASE | REASON`."""
    reasons = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                case, reason = line.split("|", 1)
                reasons[case.strip()] = reason.strip()
    return reasons

# SPDX-License-Identifier: Apache-2.0
"""What the rules found, and how it is told: one sentence each, with its place."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    rule: str
    path: str
    line: int
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: [{self.rule}] {self.message}"


class Findings:
    def __init__(self):
        self.refusals = []
        self.warnings = []
        self.notes = []

    def refuse(self, rule, path, line, message):
        self.refusals.append(Finding(rule, str(path), line, message))

    def warn(self, rule, path, line, message):
        self.warnings.append(Finding(rule, str(path), line, message))

    def note(self, message):
        """Something the reader should know about the run itself, such as a skipped rule."""
        self.notes.append(message)

    def report(self, file_count):
        for note in self.notes:
            print(f"tidy: {note}")
        for warning in sorted(self.warnings, key=lambda w: (w.path, w.line)):
            print(f"warning: {warning}")
        for refusal in sorted(self.refusals, key=lambda r: (r.path, r.line)):
            print(refusal)
        print(f"tidy: {file_count} files, {len(self.refusals)} refused, "
              f"{len(self.warnings)} warned")
        return 1 if self.refusals else 0

# SPDX-License-Identifier: Apache-2.0
"""The files the house has rules for, and what each of them is."""

import functools
import pathlib
import subprocess

from tidy_lib import source

CPP = {".h", ".cc"}
SCRIPTS = {".py", ".sh", ".ts", ".tsx", ".js", ".mjs", ".cjs"}
BUILD = {".cmake"}
NAMED = {"CMakeLists.txt", "Makefile"}
SKIPPED_FOLDERS = {".git", ".cache", "build", "node_modules", "corpus", "golden", "__pycache__"}


class File:
    """One file of the tree. `path` is relative to the root, with forward slashes."""

    def __init__(self, root, path):
        self.path = path
        self.full_path = root / path
        self.parts = pathlib.PurePosixPath(path).parts
        self.name = self.parts[-1]
        self.stem, self.suffix = pathlib.PurePosixPath(path).stem, full_suffix(path)

    @functools.cached_property
    def text(self):
        return self.full_path.read_text(encoding="utf-8", errors="replace")

    @functools.cached_property
    def lines(self):
        return self.text.splitlines()

    @functools.cached_property
    def code(self):
        """C++ text with comments, literals and preprocessor lines blanked, same offsets."""
        return source.without_directives(source.scrub(self.text))

    @property
    def is_cpp(self):
        return self.suffix in CPP

    @property
    def is_header(self):
        return self.suffix == ".h"

    @property
    def is_test(self):
        """Test, fuzz and benchmark sources, fakes, and everything under tests/ and bench/."""
        return (self.parts[0] in ("tests", "bench") or "testing" in self.parts[:-1]
                or self.stem.endswith(("_test", "_fuzz", "_bench")))

    @property
    def folder(self):
        """The library a source belongs to (src/http/h2/x.cc: "http"), None outside src/."""
        return self.parts[1] if self.parts[0] == "src" and len(self.parts) > 2 else None

    def line_of(self, offset):
        return self.text.count("\n", 0, offset) + 1


def full_suffix(path):
    return pathlib.PurePosixPath(path).suffix


def files(root):
    """All files with rules, sorted: what git tracks or would track, else what is there."""
    return [File(root, path) for path in sorted(listing(root)) if has_rules(root, path)]


def listing(root):
    if (root / ".git").exists():
        out = subprocess.run(
            ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others",
             "--exclude-standard"], capture_output=True, text=True)
        if out.returncode == 0:
            return {path for path in out.stdout.split("\0") if path}
    return {path.relative_to(root).as_posix() for path in root.rglob("*")}


def has_rules(root, path):
    parts = pathlib.PurePosixPath(path).parts
    if SKIPPED_FOLDERS.intersection(parts[:-1]) or not (root / path).is_file():
        return False
    suffix = full_suffix(path)
    if suffix in CPP | SCRIPTS | BUILD | {".proto"} or parts[-1] in NAMED:
        return True
    return suffix == "" and starts_with_shebang(root / path)


def starts_with_shebang(path):
    with path.open("rb") as file:
        return file.read(2) == b"#!"

# SPDX-License-Identifier: Apache-2.0
"""The include direction: which folder may use which, told by includes and by CMake links."""

import re

_RUNTIME_USERS = ("crypto", "metrics", "dns", "netns", "sql")
_BELOW_HTTP = {"base", "runtime", *_RUNTIME_USERS}
_BELOW_APPLICATIONS = _BELOW_HTTP | {"http", "grpc", "web", "model", "json", "proto",
                                     "telemetry", "journal"}

# The folders each folder may use. "proto" stands for the generated message headers.
ALLOWED = {
    "base": set(),
    "runtime": {"base"},
    "model": {"base"},
    "json": {"base"},
    "journal": {"base"},
    **{folder: {"base", "runtime"} for folder in _RUNTIME_USERS},
    "http": _BELOW_HTTP,
    "telemetry": {"base", "runtime", "model", "proto"},
    "grpc": _BELOW_HTTP | {"http", "proto"},
    "web": _BELOW_HTTP | {"http", "json"},
    "k8s": _BELOW_HTTP | {"http", "grpc", "web", "json"},
    "proxy": _BELOW_APPLICATIONS,
    "control": _BELOW_APPLICATIONS | {"k8s"},
    "dive": _BELOW_APPLICATIONS | {"k8s"},
    "cli": _BELOW_APPLICATIONS | {"k8s"},
}
_GENERATED = ("io/linkerd/", "seine/", "dive/v", "dive/records/v")

_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.MULTILINE)
_LINK = re.compile(r"\bseine_(\w+)")
_NOT_FOLDERS = {"library", "test", "fuzz", "bench"}


def check(files, findings):
    for file in files:
        if file.is_cpp:
            check_source(file, findings)
        elif file.name == "CMakeLists.txt" and file.folder:
            check_links(file, findings)


def check_source(file, findings):
    for match in _INCLUDE.finditer(file.text):
        line, header = file.line_of(match.start(1)), match.group(2)
        if header.startswith("../") or header.startswith("./"):
            findings.refuse("include-root", file.path, line,
                            f'"{header}" is relative to this file; write the path from src/')
            continue
        if header.startswith("openssl/") and file.folder not in (None, "crypto"):
            findings.refuse("include-direction", file.path, line,
                            f"only src/crypto includes OpenSSL, and this is {file.folder}; "
                            f"use what src/crypto offers instead of <{header}>, or add it there")
        if match.group(1) == '"' and "/testing/" in header and not file.is_test:
            findings.refuse("include-direction", file.path, line,
                            f"{header} is a fake for tests; only tests may include it")
        if file.folder:
            check_direction(file, line, folder_of(header), f"includes {header}", findings)


def check_links(file, findings):
    for number, line in enumerate(file.lines, 1):
        for name in _LINK.findall(line.split("#")[0]):
            if name not in _NOT_FOLDERS:
                check_direction(file, number, name, f"links seine_{name}", findings)


def folder_of(header):
    if header.startswith(_GENERATED):
        return "proto"
    first = header.split("/")[0]
    return first if first in ALLOWED and "/" in header else None


def check_direction(file, line, used, deed, findings):
    if file.folder not in ALLOWED:
        findings.refuse("include-direction", file.path, line,
                        f"src/{file.folder} has no place in the include direction; "
                        f"give it one in tools/tidy_lib/includes.py")
        return
    if used not in ALLOWED and used != "proto" or used == file.folder:
        return
    allowed = ALLOWED[file.folder]
    if used not in allowed:
        names = ", ".join(sorted(allowed)) or "nothing of ours"
        findings.refuse("include-direction", file.path, line,
                        f"{file.folder} {deed}, against the direction: {file.folder} may use "
                        f"only {names}; move the shared part below both, or pass it in")

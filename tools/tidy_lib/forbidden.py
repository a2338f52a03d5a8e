# SPDX-License-Identifier: Apache-2.0
"""Words, calls, headers and names the house does without, each with what to use instead."""

import re

_NAMES = {"util", "utils", "common", "helper", "helpers", "misc", "impl"}
_MARKS = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X"]) + r")\b")
_SPDX = "SPDX-License-" + "Identifier: Apache-2.0"


class Call:
    def __init__(self, pattern, message, where=lambda file: True):
        self.pattern = re.compile(pattern, re.MULTILINE)
        self.message = message
        self.where = where


def in_src(file):
    return file.parts[0] == "src"


def in_production(file):
    return file.parts[0] in ("src", "apps") and not file.is_test


# Matched on code, with comments and literals blanked. A member (x.rand()) is not the C call.
_C = r"(?<![\w.>])(?:std::|::)?"
CALLS = (
    Call(_C + r"(?:strcpy|strcat|stpcpy|sprintf|vsprintf|gets|strtok)\s*\(",
         "writes without a bound; use std::string, std::span or fmt"),
    Call(_C + r"(?:system|popen)\s*\(", "runs a shell; use posix_spawn with arguments of its own"),
    Call(_C + r"s?rand\s*\(", "is shared state and no randomness; take an engine as a parameter"),
    Call(r"(?:^|[;{})])\s*(?:::)?sleep\s*\(|\b(?:usleep|nanosleep)\s*\(|this_thread::sleep_",
         "stops the whole loop; await a Timer", in_src),
    Call(r"\bthrow\b", "raises an exception, and we raise none; return a Result"),
    Call(r"\bdetach\s*\(\s*\)", "lets a thread outlive its owner; keep it and join it"),
    Call(r"\bstd::(?:basic_)?regex\b", "is slow, and unbounded on the peer's input; use RE2"),
    Call(r"\busing\s+namespace\b", "in a header reaches every includer; name what you use",
         lambda file: file.is_header),
    Call(r"\bstd::(?:cout|cerr|clog|endl)\b", "is not our log; use base/log.h or fmt::print"),
)
HEADERS = (
    Call(r'^[ \t]*#[ \t]*include[ \t]*<regex>', "costs seconds a translation unit; use RE2"),
    Call(r'^[ \t]*#[ \t]*include[ \t]*<iostream>',
         "brings static constructors; use base/log.h or fmt::print"),
    Call(r'^[ \t]*#[ \t]*include[ \t]*[<"](?:gtest|gmock)/',
         "belongs in tests, not in what ships", in_production),
)


def check(files, findings):
    for file in files:
        check_name(file, findings)
        check_marks(file, findings)
        if _SPDX not in "\n".join(file.lines[:3]):
            findings.refuse("license", file.path, 1,
                            f"the first lines must say {_SPDX}, in a comment")
        if file.is_cpp:
            check_calls(file, file.code, CALLS, "forbidden-call", findings)
            check_calls(file, file.text, HEADERS, "forbidden-include", findings)
        if file.is_header and not re.search(r"^#pragma once$", file.text, re.MULTILINE):
            findings.refuse("pragma-once", file.path, 1, "a header starts with #pragma once")


def check_name(file, findings):
    for part in (*file.parts[:-1], file.stem):
        if part in _NAMES or part.rsplit("_", 1)[-1] in _NAMES:
            findings.refuse("file-name", file.path, 1,
                            f'"{part}" says nothing about what is inside; name the concept')


def check_marks(file, findings):
    for number, line in enumerate(file.lines, 1):
        match = _MARKS.search(line)
        if match:
            findings.refuse("unfinished", file.path, number,
                            f"{match.group()} marks work left over; do it, or open an issue")


def check_calls(file, text, calls, rule, findings):
    for call in calls:
        if not call.where(file):
            continue
        for match in call.pattern.finditer(text):
            what = " ".join(match.group().strip(" \t\n;{})").rstrip("(").split())
            start = match.end() - len(match.group().lstrip(" \t\n;{})"))
            findings.refuse(rule, file.path, file.line_of(start), f"{what} {call.message}")

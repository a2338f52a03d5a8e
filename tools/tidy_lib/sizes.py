# SPDX-License-Identifier: Apache-2.0
"""Sizes: lines a file, lines a function, columns a line."""

import re

from tidy_lib import source

FILE_LINES = 800
FILE_LINES_WARNED = 500
FUNCTION_LINES = 70
COLUMNS = 100

_TEMPLATE = re.compile(r"\btemplate\s*<")
_ATTRIBUTE = re.compile(r"\[\[.*?\]\]|\balignas\s*\([^)]*\)", re.DOTALL)
_TYPE = re.compile(r"\b(?:class|struct|union|enum)\b")


def check(files, findings):
    for file in files:
        check_file(file, findings)
        check_columns(file, findings)
        if file.is_cpp:
            check_functions(file, findings)


def check_file(file, findings):
    count = len(file.lines)
    if count > FILE_LINES:
        findings.refuse("file-length", file.path, count,
                        f"the file has {count} lines and may have {FILE_LINES}; split it by "
                        f"concept, or list it with a reason in tools/tidy-exceptions")
    elif count > FILE_LINES_WARNED:
        findings.warn("file-length", file.path, count,
                      f"the file has {count} lines; over {FILE_LINES_WARNED} asks for a split")


def check_columns(file, findings):
    for number, line in enumerate(file.lines, 1):
        # A lone word, such as an address in a comment, has no place to break.
        if len(line) > COLUMNS and len(line.split()) > 2:
            findings.refuse("line-length", file.path, number,
                            f"the line has {len(line)} columns and may have {COLUMNS}; break it")


def check_functions(file, findings):
    for first, last in functions(file.code):
        start, end = file.line_of(first), file.line_of(last)
        if end - start + 1 > FUNCTION_LINES:
            findings.refuse("function-length", file.path, start,
                            f"the function has {end - start + 1} lines and may have "
                            f"{FUNCTION_LINES}; give its parts names")


def functions(code):
    """(first, last) offsets of each function, outermost only: a lambda counts in its host."""
    found, head_start, first, offset = [], 0, None, 0
    while offset < len(code):
        char = code[offset]
        if char == "{":
            head = code[head_start:offset]
            if opens_scope(head):
                head_start, first = offset + 1, None
            else:
                closing = source.matching(code, offset)
                if closing is None:
                    return found
                start = source.skip_space(code, head_start)
                # A brace in a constructor's initializer list is not yet the body: what
                # follows it belongs to the same function.
                if first is None or not continues(head):
                    first = start
                elif found:
                    found.pop()
                found.append((first, closing))
                head_start, offset = closing + 1, closing
        elif char in ";}":
            head_start, first = offset + 1, None
        offset += 1
    return found


def opens_scope(head):
    """Whether a brace after `head` opens a namespace or a type rather than a body."""
    head = _ATTRIBUTE.sub("", without_template(head))
    if re.search(r"\bnamespace\b", head) or re.fullmatch(r'\s*extern\s*(?:"C")?\s*', head):
        return True
    return bool(_TYPE.search(head)) and "(" not in head and "=" not in head


def continues(head):
    return head.strip() == "" or head.lstrip().startswith(",")


def without_template(head):
    match = _TEMPLATE.search(head)
    while match:
        closing = source.matching(head, match.end() - 1)
        if closing is None:
            return head
        head = head[:match.start()] + head[closing + 1:]
        match = _TEMPLATE.search(head)
    return head

# SPDX-License-Identifier: Apache-2.0
"""Reading C++ well enough for a lint: blanking what is not code, matching brackets.

Nothing here parses C++. Every function keeps offsets, so that a place in the blanked text is
the same place in the file.
"""

import re

# Alternatives in the order the language tries them; a digit separator (1'000) is part of its
# number, so that it opens no character literal.
_NOT_CODE = re.compile(
    r'''//(?:\\\n|[^\n])*
      | /\*.*?(?:\*/|\Z)
      | (?:u8|[uUL])?R"(?P<tag>[^\s()\\]{0,16})\(.*?\)(?P=tag)"
      | (?P<number>(?<![\w])\d(?:'?[\w.])*)
      | "(?:\\.|[^"\\\n])*"
      | '(?:\\.|[^'\\\n])*'
    ''', re.VERBOSE | re.DOTALL)

_DIRECTIVE = re.compile(r"^[ \t]*#(?:\\\n|[^\n])*", re.MULTILINE)
_PAIRS = {"(": ")", "[": "]", "{": "}", "<": ">"}


def blank(text):
    return re.sub(r"[^\n]", " ", text)


def scrub(text):
    """The text with comments and literals blanked."""
    def replace(match):
        return match.group() if match.group("number") else blank(match.group())
    return _NOT_CODE.sub(replace, text)


def without_directives(text):
    return _DIRECTIVE.sub(lambda match: blank(match.group()), text)


def matching(text, start):
    """The offset of the bracket that closes the one at `start`, or None."""
    opening, closing = text[start], _PAIRS[text[start]]
    depth = 0
    for offset in range(start, len(text)):
        if text[offset] == opening:
            depth += 1
        elif text[offset] == closing:
            if closing == ">" and text[offset - 1] == "-":
                continue
            depth -= 1
            if depth == 0:
                return offset
    return None


def skip_space(text, offset):
    while offset < len(text) and text[offset].isspace():
        offset += 1
    return offset

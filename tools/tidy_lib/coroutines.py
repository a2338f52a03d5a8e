# SPDX-License-Identifier: Apache-2.0
"""No capturing lambda is a coroutine: its captures die with the lambda, before the frame does."""

import re

from tidy_lib import source

_SUSPENDS = re.compile(r"\bco_(?:await|return|yield)\b")
_BEFORE_LAMBDA = re.compile(r"\b(?:return|co_return|co_await|co_yield|case|else|do)$")
_AFTER_CAPTURE = re.compile(r"[({<]|->|\[\[|\b(?:mutable|noexcept|constexpr|static)\b")


def check(files, findings):
    for file in files:
        if not file.is_cpp:
            continue
        for start, captures, body in lambdas(file.code):
            if captures and _SUSPENDS.search(without_lambdas(body)):
                findings.refuse(
                    "capturing-coroutine", file.path, file.line_of(start),
                    f"the lambda captures [{captures}] and is a coroutine, which outlives its "
                    f"captures; pass them as parameters, or make it a named function")


def lambdas(code):
    """(offset, captures, body) of each lambda, nested ones too."""
    for match in re.finditer(r"\[", code):
        found = lambda_at(code, match.start())
        if found:
            captures, opening, closing = found
            yield match.start(), captures, code[opening + 1:closing]


def lambda_at(code, start):
    """(captures, offset of the body's brace, offset of its end), or None if this is none."""
    before = code[:start].rstrip()[-12:]
    if before.endswith(("[", ")", "]")):
        return None
    if re.search(r"\w$", before) and not _BEFORE_LAMBDA.search(before):
        return None
    closing = source.matching(code, start)
    if closing is None or code[start + 1:start + 2] == "[":
        return None
    captures = " ".join(code[start + 1:closing].split())
    opening = body_start(code, source.skip_space(code, closing + 1))
    if opening is None:
        return None
    end = source.matching(code, opening)
    return None if end is None else (captures, opening, end)


def body_start(code, offset):
    """The lambda's opening brace, past template parameters, parameters and return type."""
    if not _AFTER_CAPTURE.match(code, offset):
        return None
    for bracket in "<(":
        if code[offset:offset + 1] == bracket:
            closing = source.matching(code, offset)
            if closing is None:
                return None
            offset = source.skip_space(code, closing + 1)
    rest = re.compile(r"[^;{}=]*\{").match(code, offset)
    return rest.end() - 1 if rest else None


def without_lambdas(body):
    """The body with the bodies of lambdas inside it blanked: those suspend themselves."""
    offset = 0
    while (offset := body.find("[", offset)) != -1:
        found = lambda_at(body, offset)
        if found:
            _, opening, closing = found
            body = body[:opening] + source.blank(body[opening:closing]) + body[closing:]
        offset += 1
    return body

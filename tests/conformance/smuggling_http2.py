# SPDX-License-Identifier: Apache-2.0
"""Requests of HTTP/2 that would be others, or two, once they are written as HTTP/1. The fates are
those of smuggling_http1.py."""

from h2_frames import DATA, END_STREAM, block, frame, request
from smuggling_http1 import Attack

_PREFIX = "GET /smuggled?MARK HTTP/1.1\r\nHost: HOST\r\n\r\n"
_HIDDEN = "0\r\n\r\n" + _PREFIX
_SPLIT = "a\r\n\r\n" + _PREFIX
# What tells the inbound side that the request was one of HTTP/1, and is to be one again.
DOWNGRADE = ("l5d-orig-proto", "HTTP/1.1")


def _start(method="GET", path="/one?MARK", scheme="http", authority="HOST"):
    fields = [(":method", method), (":scheme", scheme), (":path", path), (":authority", authority)]
    return [(name, value) for name, value in fields if value is not None]


def _post(*fields):
    return _start("POST", "/echo?MARK") + list(fields)


def _fields():
    """Fields of a GET that must not pass."""
    for name, field in {
            "H2.TE": ("transfer-encoding", "chunked"),
            "H2.TE, another coding": ("transfer-encoding", "identity"),
            "H2.TE, upper case": ("Transfer-Encoding", "chunked"),
            "te": ("te", "chunked"), "te with trailers": ("te", "trailers, chunked"),
            "connection": ("connection", "close"),
            "connection that names another": ("connection", "host"),
            "keep-alive": ("keep-alive", "timeout=5"),
            "proxy-connection": ("proxy-connection", "close"),
            "upgrade": ("upgrade", "h2c"), "upgrade to websocket": ("upgrade", "websocket"),
            "CR in the value": ("x", "a\rb"), "LF in the value": ("x", "a\nb"),
            "CRLF in the value": ("x", "a\r\nb: c"), "NUL in the value": ("x", "a\0b"),
            "request split by the value": ("x", _SPLIT),
            "coding by the value": ("x", "a\r\ntransfer-encoding: chunked"),
            "DEL in the value": ("x", "a\x7f"), "space before the value": ("x", " a"),
            "space behind the value": ("x", "a "), "tab behind the value": ("x", "a\t"),
            "CR in the name": ("x\ry", "a"), "LF in the name": ("x\ny", "a"),
            "CRLF in the name": ("x: a\r\ntransfer-encoding", "chunked"),
            "request split by the name": ("x: " + _SPLIT + "y", "a"),
            "colon in the name": ("x: a", "b"), "coding by a colon": (
                "transfer-encoding: chunked\r\nx", "b"),
            "NUL in the name": ("x\0", "a"), "space in the name": ("x y", "a"),
            "space behind the name": ("transfer-encoding ", "chunked"),
            "empty name": ("", "a"), "upper-case name": ("X", "a"),
            "obs-text in the name": ("x\xe9", "a"),
            "unknown pseudo-header": (":x", "a"), "pseudo-header of answers": (":status", "200"),
            "pseudo-header behind fields": (":path", "/smuggled?MARK"),
            "CRLF in a cookie": ("cookie", "a=b\r\nx: y"),
            "CRLF in the host": ("host", "HOST\r\nx: y"),
            "host that differs": ("host", "other"), "host with a path": ("host", "HOST/one"),
            "CRLF in what asks for HTTP/1": ("l5d-orig-proto", "HTTP/1.1\r\nx: y"),
    }.items():
        yield name, request(_start() + [("y", "z"), field])
    yield "host twice", request(_start() + [("host", "HOST"), ("host", "HOST")])
    yield "host equal", request(_start() + [("host", "HOST")]), "passed"
    yield "host alone", request(_start(authority=None) + [("host", "HOST")]), "passed"
    yield "obs-text in the value", request(_start() + [("x", "\xe9")]), "passed"
    yield "129 fields", request(_start() + [(f"x{number}", "a") for number in range(129)])
    yield "200 crumbs of a cookie", request(_start() + [("cookie", "a")] * 200)
    yield "40 crumbs of a cookie", request(_start() + [("cookie", "a=b")] * 40), "passed"


def _pseudo_headers():
    for name, changes in {
            "empty path": {"path": ""}, "no path": {"path": None},
            "path without a slash": {"path": "one?MARK"}, "path is a URI":
                {"path": "http://other/one?MARK"},
            "space in the path": {"path": "/one?MARK HTTP/1.1"},
            "request split by the path": {"path": "/one?MARK HTTP/1.1\r\nHost: HOST\r\n\r\n"
                                                  "GET /smuggled?MARK"},
            "CRLF in the path": {"path": "/one?MARK\r\nx: y"}, "LF in the path":
                {"path": "/one?MARK\nx: y"}, "NUL in the path": {"path": "/one?MARK\0"},
            "tab in the path": {"path": "/one?MARK\ta"}, "fragment in the path":
                {"path": "/one?MARK#a"}, "star": {"path": "*"},
            "empty method": {"method": ""}, "no method": {"method": None},
            "space in the method": {"method": "GET /smuggled?MARK HTTP/1.1"},
            "request split by the method": {"method": _PREFIX + "GET"},
            "CRLF in the method": {"method": "GET\r\n"}, "colon in the method": {"method": "G:T"},
            "empty scheme": {"scheme": ""}, "no scheme": {"scheme": None},
            "CRLF in the scheme": {"scheme": "http\r\n"},
            "URI in the scheme": {"scheme": "http://other/smuggled?MARK"},
            "space in the authority": {"authority": "HOST other"},
            "CRLF in the authority": {"authority": "HOST\r\nx: y"},
            "request split by the authority": {"authority": _SPLIT},
            "path in the authority": {"authority": "HOST/one"},
            "user in the authority": {"authority": "a@HOST"},
            "query in the authority": {"authority": "HOST?a"},
            "NUL in the authority": {"authority": "HOST\0"},
            "CONNECT with a path": {"method": "CONNECT"},
            "CONNECT without an authority":
                {"method": "CONNECT", "path": None, "scheme": None, "authority": None},
    }.items():
        yield name, request(_start(**changes) + [("x", "MARK")])
    for field in (":method", ":scheme", ":path", ":authority"):
        twice = [each for each in _start() if each[0] == field]
        yield f"{field} twice", request(_start() + twice)
        yield f"{field} behind fields", request(
            [each for each in _start() if each[0] != field] + [("x", "y")] + twice)
    yield "extended CONNECT", request(_start("CONNECT") + [(":protocol", "websocket")])
    yield "nothing but fields", request([("x", "MARK")])
    yield "fields first", request([("x", "MARK")] + _start())


def _lengths():
    whole = str(len(_PREFIX))
    for name, value in {"H2.CL": "0", "H2.CL, shorter": "5", "H2.CL, longer": "500"}.items():
        yield name, request(_post(("content-length", value)), _PREFIX.encode()), "cut"
    for name, value in {"plus": "+5", "hexadecimal": "0x5", "empty": "", "list": "5, 5",
                        "word": "five", "2^64+5": str(2**64 + 5), "minus": "-5",
                        "space inside": "4 4", "CRLF": "44\r\nx: y"}.items():
        yield f"length, {name}", request(_post(("content-length", value)), _PREFIX.encode())
    yield "length twice, differing", request(
        _post(("content-length", whole), ("content-length", "0")), _PREFIX.encode())
    yield "length without content", request(_post(("content-length", "44")))
    yield "length of a GET without content", request(_start() + [("content-length", "44")])
    yield "a request as content", request(_post(), _PREFIX.encode()), "passed"
    yield "chunks as content", request(_post(), _HIDDEN.encode()), "passed"
    yield "a request as content, with a length", request(
        _post(("content-length", whole)), _PREFIX.encode()), "passed"
    yield "a request as content of a GET", request(_start(), _PREFIX.encode()), "passed"
    yield "empty content", request(_post(), b""), "passed"
    yield "content behind the end", request(_post(), b"a") + frame(
        DATA, END_STREAM, 1, _PREFIX.encode()), "either"


def _trailers():
    for name, fields in {
            "a coding": [("transfer-encoding", "chunked")],
            "a pseudo-header": [(":path", "/smuggled?MARK")],
            "CRLF": [("x", _SPLIT)], "CRLF in the name": [("x: a\r\ny", "b")],
            "connection": [("connection", "close")], "upper case": [("X", "a")],
    }.items():
        yield f"trailers with {name}", request(_post(), b"hello", fields), "cut"
    # These are left out on the way.
    yield "trailers with a length", request(_post(), b"hello", [("content-length", "5")]), "passed"
    yield "trailers with a host", request(_post(), b"hello", [("host", "other")]), "passed"
    yield "trailers", request(_post(), b"hello", [("x-end", "1")]), "passed"


def attacks(downgraded):
    """`downgraded`: they ask to be written as HTTP/1."""
    found = []
    for family in (_fields, _pseudo_headers, _lengths, _trailers):
        for name, frames, *fate in family():
            found.append(Attack(name, frames, fate[0] if fate else "refused"))
    if not downgraded:
        return found
    return [Attack(each.name, _asking(each.data), each.fate) for each in found]


def _asking(frames):
    """The same with DOWNGRADE at the end of the first header block."""
    size = int.from_bytes(frames[:3], "big")
    more = block([DOWNGRADE])
    return ((size + len(more)).to_bytes(3, "big") + frames[3:9 + size] + more + frames[9 + size:])

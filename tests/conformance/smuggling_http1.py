# SPDX-License-Identifier: Apache-2.0
"""Requests of HTTP/1 that two readers could take for different ones, and what becomes of each.

Fates:
  refused  nothing of it reaches the server; the client is told 4xx or 5xx, or its connection ends
  cut      its head may pass, as what follows comes later, but the server never sees it whole
  passed   as many requests as `count` reach the server whole, framed in the one way of ours
  either   which of the last two is a matter of time
In every case nothing whose path has `smuggled` does. MARK stands for what tells this request from
all others, HOST for the server.
"""

from dataclasses import dataclass

_PREFIX = "GET /smuggled?MARK HTTP/1.1\r\nHost: HOST\r\n\r\n"
# Behind what one reader takes for the end, a whole request for the other.
_HIDDEN = "0\r\n\r\n" + _PREFIX


@dataclass(frozen=True)
class Attack:
    name: str
    data: bytes
    fate: str
    count: int = 1
    # It is nothing that begins like HTTP: where the protocol is to be found out, it is carried as
    # bytes, on a connection of its own. Asked only where the port is declared.
    declared: bool = False


def _post(*fields, body="", version="HTTP/1.1", host="Host: HOST"):
    lines = [f"POST /echo?MARK {version}", *([host] if host else []), *fields, "", ""]
    return ("\r\n".join(lines) + body).encode("latin-1")


def _get(line="GET /one?MARK HTTP/1.1", *fields, host="Host: HOST", body=""):
    lines = [line, *([host] if host else []), *fields, "", ""]
    return ("\r\n".join(lines) + body).encode("latin-1")


def _chunks(body, *fields):
    return _post("Transfer-Encoding: chunked", *fields, body=body)


def _both():
    """Length and chunks at once, in either order, and one of them hidden from one reader."""
    length = f"Content-Length: {len(_HIDDEN)}"
    yield "CL.TE", _post(length, "Transfer-Encoding: chunked", body=_HIDDEN)
    yield "TE.CL", _post("Transfer-Encoding: chunked", "Content-Length: 4", body="5c\r\n" + _HIDDEN)
    yield "CL.TE of length 0", _post("Content-Length: 0", "Transfer-Encoding: chunked",
                                     body=_HIDDEN)
    for name, field in {
            "space before the colon": "Transfer-Encoding : chunked",
            "tab before the colon": "Transfer-Encoding\t: chunked",
            "vertical tab": "Transfer-Encoding:\vchunked",
            "form feed": "Transfer-Encoding: \fchunked",
            "x first": "Transfer-Encoding: xchunked",
            "x last": "Transfer-Encoding: chunkedx",
            "quotes": 'Transfer-Encoding: "chunked"',
            "trailing comma": "Transfer-Encoding: chunked,",
            "leading comma": "Transfer-Encoding: ,chunked",
            "identity last": "Transfer-Encoding: chunked, identity",
            "identity first": "Transfer-Encoding: identity, chunked",
            "identity": "Transfer-Encoding: identity",
            "gzip first": "Transfer-Encoding: gzip, chunked",
            "chunked twice in one": "Transfer-Encoding: chunked, chunked",
            "parameter": "Transfer-Encoding: chunked;q=1",
            "empty": "Transfer-Encoding:",
            "folded value": "Transfer-Encoding:\r\n chunked",
            "folded name": "X: y\r\n Transfer-Encoding: chunked",
            "leading space": " Transfer-Encoding: chunked",
            "leading tab": "\tTransfer-Encoding: chunked",
            "bare LF before": "X: y\nTransfer-Encoding: chunked",
            "bare CR before": "X: y\rTransfer-Encoding: chunked",
            "NUL behind": "Transfer-Encoding: chunked\0",
            "NUL in the name": "Transfer-Encoding\0: chunked",
            "no-break space behind": "Transfer-Encoding: chunked\xa0",
            "no-break space before the colon": "Transfer-Encoding\xa0: chunked",
            "byte order mark": "\xef\xbb\xbfTransfer-Encoding: chunked",
            "upper case": "TRANSFER-ENCODING: CHUNKED",
            "no colon": "Transfer-Encoding chunked",
    }.items():
        yield f"CL.TE, {name}", _post(length, field, body=_HIDDEN)
    # What the other reader takes for a name of its own, this one does not know: its length counts.
    for name, field in {"underscore": "Transfer_Encoding: chunked",
                        "dot": "Transfer.Encoding: chunked",
                        "plural": "Transfer-Encodings: chunked",
                        "named by Connection": "X: y\r\nConnection: content-length",
                        "content_length": "Content_Length: 5"}.items():
        yield f"CL alone, {name}", _post(length, field, body=_HIDDEN), "passed"


def _codings():
    """No length at all, and a coding that is doubtful."""
    for name, fields in {
            "twice": ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
            "twice, one of them identity": ["Transfer-Encoding: chunked",
                                            "Transfer-Encoding: identity"],
            "twice, the second unknown": ["Transfer-Encoding: chunked", "Transfer-encoding: cow"],
            "unknown": ["Transfer-Encoding: cow"],
            "space before the colon": ["Transfer-Encoding : chunked"],
            "vertical tab": ["Transfer-Encoding: \x0bchunked"],
            "identity last": ["Transfer-Encoding: chunked, identity"],
            "trailing comma": ["Transfer-Encoding: chunked,"],
            "folded": ["Transfer-Encoding:\r\n\tchunked"],
            "empty and chunked": ["Transfer-Encoding:", "Transfer-Encoding: chunked"],
    }.items():
        yield f"TE.TE, {name}", _post(*fields, body=_HIDDEN)
    yield "TE in HTTP/1.0", _post("Transfer-Encoding: chunked", body=_HIDDEN, version="HTTP/1.0")
    yield "TE.0", _post("Transfer-Encoding: chunked", body="0\r\n\r\n"), "passed"
    yield "TE in mixed case", _post("tRANSFER-eNCODING: cHUNKED",
                                    body="1\r\na\r\n0\r\n\r\n"), "passed"
    yield "TE with tabs around", _post("Transfer-Encoding:\t chunked\t", body="0\r\n\r\n"), "passed"
    yield ("TE named by Connection", _post("Connection: transfer-encoding",
                                           "Transfer-Encoding: chunked",
                                            body="0\r\n\r\n"), "passed")


def _lengths():
    for name, value in {"hexadecimal": "0x5", "plus": "+5", "minus": "-5", "minus 0": "-0",
                        "underscore": "1_0", "list": "5, 5", "list of two": "5, 6", "comma": "5,",
                        "exponent": "5e0", "fraction": "5.0", "empty": "", "word": "five",
                        "space inside": "5 0", "NUL": "5\0", "huge": "9" * 30, "2^63+1":
                        str(2**63 + 1), "2^64": str(2**64), "2^64+5": str(2**64 + 5),
                        "Arabic digits": "\xd9\xa5", "superscript": "\xb2", "quotes": '"5"',
                        "semicolon": "5;", "vertical tab": "\x0b5", "line folded": "\r\n 5",
                        "bare CR": "5\r0", "bare LF": "5\n6"}.items():
        yield f"length, {name}", _post(f"Content-Length: {value}", body="hello")
    yield "length twice, differing", _post("Content-Length: 5", "Content-Length: 6", body="hello")
    yield "length twice, one of them 0", _post("Content-Length: 0", "Content-Length: 44",
                                               body=_PREFIX)
    yield "length, space before the colon", _post("Content-Length : 5", body="hello")
    yield "length, underscores only behind", _post("Content-Length: 5_", body="hello")
    yield "length, leading zeros", _post("Content-Length: 0000000005", body="hello"), "passed"
    for second in ("5", "05"):
        yield f"length twice, 5 and {second}", _post(
            "Content-Length: 5", f"Content-Length: {second}", body="hello"), "passed"
    yield "length, spaces around", _post("Content-Length: \t 5 \t", body="hello"), "passed"
    # Both ends must agree that the body is content: then it is nobody's request.
    yield "CL.0", _post(f"Content-Length: {len(_PREFIX)}", body=_PREFIX), "passed"
    yield "GET with a body", _get("GET /one?MARK HTTP/1.1", f"Content-Length: {len(_PREFIX)}",
                                  body=_PREFIX), "passed"
    yield "HEAD with a body", _get("HEAD /one?MARK HTTP/1.1", f"Content-Length: {len(_PREFIX)}",
                                   body=_PREFIX), "passed"
    yield "0.CL", _get("GET /one?MARK HTTP/1.1", "Content-Length : 9", body="GET /smug"), "refused"
    yield "body shorter than its length", _post("Content-Length: 500", body=_PREFIX), "cut"


def _chunk_sizes():
    for name, size in {"0x": "0x5", "plus": "+5", "minus": "-5", "underscore": "0_5",
                       "space before": " 5", "space behind": "5 ", "tab behind": "5\t",
                       "not hexadecimal": "g", "empty": "", "seventeen digits": "0" * 16 + "5",
                       "2^64+5": "10000000000000005", "huge": "f" * 16, "NUL": "5\0",
                       "bare LF": "5\nhello", "bare CR": "5\rX", "comma": "5,5",
                       "extension with LF": "5;a\nb", "extension with CR": "5;a\rb",
                       "extension with CR in quotes": '5;a="\rb"', "extension with NUL": "5;a\0",
                       "extension with LF in quotes": '5;a="\nb"',
                       "extension too long": "5;" + "a" * 70000}.items():
        yield f"chunk, {name}", _chunks(f"{size}\r\nhello\r\n{_HIDDEN}")
    for name, body in {
            "longer than its size": "3\r\nhello\r\n" + _HIDDEN,
            "shorter than its size": "f\r\nhello\r\n" + "0\r\n\r\n",
            "ends with a bare LF": "5\r\nhello\n" + _HIDDEN,
            "ends with a bare CR": "5\r\nhello\rX" + _HIDDEN,
            "size ends with a bare LF": "5\nhello\r\n" + _HIDDEN,
            "last ends with a bare LF": "0\n\n" + _PREFIX,
            "no end": "5\r\nhello\r\n",
            "CRLF missing": "5\r\nhello" + _HIDDEN,
            "last without the empty line": "5\r\nhello\r\n0\r\nGET /smuggled?MARK HTTP/1.1\r\n\r\n",
            "trailer with a length": "0\r\nContent-Length: 5\r\n\r\n",
            "trailer with a coding": "0\r\nTransfer-Encoding: chunked\r\n\r\n",
            "trailer with a host": "0\r\nHost: other\r\n\r\n",
            "trailer folded": "0\r\nx: a\r\n b\r\n\r\n",
            "trailer with a bare CR": "0\r\nx: a\rb\r\n\r\n",
            "trailer with a bare LF": "0\r\nx: a\nb: c\r\n\r\n",
            "trailer with NUL": "0\r\nx: a\0\r\n\r\n",
            "trailer with space before the colon": "0\r\nx : a\r\n\r\n",
    }.items():
        yield f"chunk, {name}", _chunks(body)
    yield "chunk, extension", _chunks('5;a=b;c="d"\r\nhello\r\n0;e\r\n\r\n'), "passed"
    yield "chunk, leading zeros", _chunks("0005\r\nhello\r\n000\r\n\r\n"), "passed"
    yield "chunk, trailer", _chunks("5\r\nhello\r\n0\r\nx-end: 1\r\n\r\n"), "passed"
    yield "chunk, a request as content", _chunks(
        f"{len(_PREFIX):x}\r\n{_PREFIX}\r\n0\r\n\r\n"), "passed"


def _fields():
    for name, field in {
            "CR in the value": "X: a\rb", "LF in the value": "X: a\nb",
            "NUL in the value": "X: a\0b",
            "CR at the end": "X: a\r", "backspace in the value": "X: a\bb", "DEL": "X: a\x7f",
            "CR in the name": "X\rY: a", "LF in the name": "X\nY: a", "NUL in the name": "X\0Y: a",
            "space in the name": "X Y: a", "no name": ": a", "no colon": "X",
            "folded": "X: a\r\n b",
            "folded by a tab": "X: a\r\n\tb", "brackets in the name": "X(): a",
            "a colon first": ":authority: a", "obs-text in the name": "X\xe9: a",
            "a whole request behind a bare LF": "X: a\n\nGET /smuggled?MARK HTTP/1.1\nHost: a",
            "a whole request behind bare CRs": "X: a\r\rGET /smuggled?MARK HTTP/1.1\rHost: a",
    }.items():
        yield f"field, {name}", _get("GET /one?MARK HTTP/1.1", field)
    yield "field, the first folded", _get("GET /one?MARK HTTP/1.1", host=" Host: HOST")
    yield "field, obs-text in the value", _get("GET /one?MARK HTTP/1.1", "X: \xe9\xff"), "passed"
    yield "field, no value", _get("GET /one?MARK HTTP/1.1", "X:"), "passed"
    yield "head ends with bare LFs", b"GET /one?MARK HTTP/1.1\nHost: HOST\n\n"
    yield "head ends with LF CR LF", b"GET /one?MARK HTTP/1.1\r\nHost: HOST\r\n\n"
    yield "head ends with bare CRs", b"GET /one?MARK HTTP/1.1\rHost: HOST\r\r"
    yield "129 fields", _get("GET /one?MARK HTTP/1.1", *(f"X{n}: a" for n in range(129)))
    yield "head of 70 KB", _get("GET /one?MARK HTTP/1.1", "X: " + "a" * 70000)


def _lines():
    for name, line in {
            "no version": "GET /one?MARK", "two spaces": "GET  /one?MARK HTTP/1.1",
            "space behind": "GET /one?MARK HTTP/1.1 ",
            "two spaces later": "GET /one?MARK  HTTP/1.1",
            "tab": "GET\t/one?MARK\tHTTP/1.1", "space in the path": "GET /one? MARK HTTP/1.1",
            "leading space": " GET /one?MARK HTTP/1.1", "vertical tab": "GET\v/one?MARK HTTP/1.1",
            "a second request in the path":
                "GET /one?MARK HTTP/1.1 GET /smuggled?MARK HTTP/1.1",
            "CR in the path": "GET /one?\rMARK HTTP/1.1",
            "LF in the path": "GET /one?\nMARK HTTP/1.1",
            "NUL in the path": "GET /one?\0MARK HTTP/1.1", "obs-text in the path":
                "GET /one?MARK\xe9 HTTP/1.1", "fragment": "GET /one?MARK#a HTTP/1.1",
            "no slash": "GET one?MARK HTTP/1.1", "no target": "GET  HTTP/1.1",
            "star": "GET * HTTP/1.1", "lower-case version": "GET /one?MARK http/1.1",
            "version 1.2": "GET /one?MARK HTTP/1.2", "version 2.0": "GET /one?MARK HTTP/2.0",
            "version 0.9": "GET /one?MARK HTTP/0.9", "version 1.10": "GET /one?MARK HTTP/1.10",
            "version 01.1": "GET /one?MARK HTTP/01.1", "version +1.1": "GET /one?MARK HTTP/+1.1",
            "brackets in the method": "GET() /one?MARK HTTP/1.1",
            "colon in the method": "G:ET /one?MARK HTTP/1.1",
            "another scheme": "GET ftp://HOST/one?MARK HTTP/1.1",
            "user in the authority": "GET http://a@HOST/one?MARK HTTP/1.1",
            "no authority": "GET http:///one?MARK HTTP/1.1",
            "backslash in the authority": "GET http://HOST\\a/one?MARK HTTP/1.1",
    }.items():
        yield f"line, {name}", _get(line)
    yield "line, CRLF before it", b"\r\n" + _get(), "passed"
    yield "line, absolute form", _get("GET http://HOST/one?MARK HTTP/1.1"), "passed"
    yield "line, absolute form and another Host", _get("GET http://HOST/one?MARK HTTP/1.1",
                                                       host="Host: other"), "passed"


def _hosts():
    for name, host in {"twice": "Host: HOST\r\nHost: HOST",
                       "twice, differing": "Host: HOST\r\nHost: b",
                       "space before the colon": "Host : HOST", "list": "Host: HOST, other",
                       "path": "Host: HOST/one", "user": "Host: a@HOST",
                       "space": "Host: HOST other",
                       "NUL": "Host: HOST\0", "query": "Host: HOST?a", "hash": "Host: HOST#a",
                       "folded": "Host:\r\n HOST", "backslash": "Host: HOST\\other"}.items():
        yield f"host, {name}", _get("GET /one?MARK HTTP/1.1", host=host)


def _upgrades():
    settings = "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA"
    preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    yield ("h2c upgrade", _get("GET /one?MARK HTTP/1.1", "Connection: Upgrade, HTTP2-Settings",
                               "Upgrade: h2c", settings), "passed")
    yield ("h2c upgrade without HTTP2-Settings in Connection",
           _get("GET /one?MARK HTTP/1.1", "Connection: Upgrade", "Upgrade: h2c", settings),
           "passed")
    yield ("h2c upgrade among others", _get("GET /one?MARK HTTP/1.1", "Connection: Upgrade",
                                            "Upgrade: websocket, h2c", settings), "passed")
    yield ("h2c upgrade, frames right behind",
           _get("GET /one?MARK HTTP/1.1", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c",
                settings, body=preface + _PREFIX), "passed")
    yield ("upgrade refused, a request behind it",
           _get("GET /one?MARK HTTP/1.1", "Connection: Upgrade", "Upgrade: nonesuch", body=_PREFIX),
           "passed")
    yield ("upgrade with a body", _post("Connection: Upgrade", "Upgrade: nonesuch",
                                        f"Content-Length: {len(_PREFIX)}", body=_PREFIX), "passed")
    yield ("CONNECT refused, a request behind it",
           _get("CONNECT HOST:80 HTTP/1.1", "X: MARK", body=_PREFIX), "passed")
    yield "CONNECT with a length", _get("CONNECT HOST:80 HTTP/1.1", "X: MARK",
                                        f"Content-Length: {len(_PREFIX)}", body=_PREFIX)
    yield "CONNECT with a coding", _get("CONNECT HOST:80 HTTP/1.1", "X: MARK",
                                        "Transfer-Encoding: chunked", body=_HIDDEN)
    yield "CONNECT to a path", _get("CONNECT /one?MARK HTTP/1.1")
    yield "CONNECT without a port", _get("CONNECT HOST HTTP/1.1", "X: MARK")
    for name, value in {"unknown": "something", "twice in one": "100-continue, 100-continue",
                        "CRLF": "100-continue\r\n x", "obfuscated": "y 100-continue"}.items():
        yield f"Expect, {name}", _post(f"Expect: {value}", "Content-Length: 5", body="hello")
    yield ("Expect and 0.CL", _post("Expect: 100-continue", f"Content-Length: {len(_PREFIX)}",
                                    body=_PREFIX), "passed")
    yield ("Expect of a GET", _get("GET /one?MARK HTTP/1.1", "Expect: 100-continue"), "passed")


def _pipelines():
    yield "two requests", _get() + _get(), "passed", 2
    yield ("a request behind a body", _post("Content-Length: 5", body="hello") + _get(),
           "passed", 2)
    yield ("a request behind chunks", _chunks("5\r\nhello\r\n0\r\n\r\n") + _get(), "passed", 2)
    yield ("a bad request behind a good one", _get() +
           _post("Content-Length: 5", "Transfer-Encoding: chunked", body="0\r\n\r\n"), "passed")


def attacks():
    found = []
    for family in (_both, _codings, _lengths, _chunk_sizes, _fields, _lines, _hosts, _upgrades,
                   _pipelines):
        for name, data, *rest in family():
            fate = rest[0] if rest else "cut" if family is _chunk_sizes else "refused"
            count = rest[1] if len(rest) > 1 else 1
            declared = family is _lines and "absolute" not in name
            found.append(Attack(name, data, fate, count, declared))
    return found

# SPDX-License-Identifier: Apache-2.0
"""The application that clients of the suite `peers` ask, for gunicorn."""

MIB = bytes(97 + index % 26 for index in range(1 << 20))


def cut():
    yield MIB[:100000]
    raise RuntimeError("cut, as asked")


def application(environ, start_response):
    body, headers, status = b"a", [], "200 OK"
    path = environ["PATH_INFO"]
    if path == "/early":
        status, body = "413 Content Too Large", b""
        # gunicorn closes with a body unread, so what follows the head may be lost to a reset.
        headers += [("Connection", "close"), ("Content-Length", "0")]
    elif environ["REQUEST_METHOD"] == "POST":
        body = environ["wsgi.input"].read()
    elif path in ("/mib", "/chunked"):
        body = MIB
    elif path.startswith("/cut"):
        start_response(status, [] if path == "/cut-chunked" else [("Content-Length", "1048576")])
        return cut()
    elif path == "/same":
        status, body = "304 Not Modified", b""
    elif path == "/nothing":
        status, body = "204 No Content", b""
    elif path == "/close":
        headers.append(("Connection", "close"))
    elif path != "/one":
        status = "404 Not Found"
    if path != "/chunked" and body:
        headers.append(("Content-Length", str(len(body))))
    start_response(status, headers)
    if environ["REQUEST_METHOD"] == "HEAD":
        return []
    return [body[at:at + 50000] for at in range(0, len(body), 50000)]

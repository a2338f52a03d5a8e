# SPDX-License-Identifier: Apache-2.0
"""Connections that ask once, are answered, and then say nothing.

    idle_crowd.py http1|http2 ADDRESS PORT COUNT [SERVER_NAME ANCHORS.pem CHAIN.pem]

With the last three by mutual TLS. Prints a line of JSON once all are idle; stays until it is ended.
"""

import json
import os
import signal
import socket
import ssl
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), *[os.pardir] * 2,
                                "conformance"))
import h2_frames as h2  # noqa: E402

_GET = [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "a")]


def _answered_http1(connection):
    connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    got = b""
    while b"\r\n\r\n" not in got:
        got += _some(connection)
    head, _, body = got.partition(b"\r\n\r\n")
    length = next(int(line.split(b":")[1]) for line in head.lower().split(b"\r\n")
                  if line.startswith(b"content-length:"))
    while len(body) < length:
        body += _some(connection)
    return head.startswith(b"HTTP/1.1 200")


def _answered_http2(connection):
    connection.sendall(h2.connection(h2.request(_GET)))
    got = b""
    while not any(kind in (h2.HEADERS, h2.DATA) and flags & h2.END_STREAM
                  for kind, flags, _, _ in h2.read_frames(got)):
        got += _some(connection)
    connection.sendall(h2.frame(h2.SETTINGS, h2.ACK, 0))
    return h2.answers_ok(got) == 1


def _some(connection):
    data = connection.recv(1 << 16)
    if not data:
        sys.exit("the connection ended")
    return data


def main():
    speaks, address, port, count = sys.argv[1:5]
    context = None
    if len(sys.argv) > 5:
        name, anchors, chain = sys.argv[5:8]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(anchors)
        context.load_cert_chain(chain)
    answered = {"http1": _answered_http1, "http2": _answered_http2}[speaks]
    crowd = []
    for _ in range(int(count)):
        connection = socket.create_connection((address, int(port)), 10)
        if context:
            connection = context.wrap_socket(connection, server_hostname=name)
        if not answered(connection):
            sys.exit("a request was not answered with 200")
        crowd.append(connection)
    print(json.dumps({"open": len(crowd)}), flush=True)
    signal.pause()


if __name__ == "__main__":
    main()

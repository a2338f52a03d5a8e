# SPDX-License-Identifier: Apache-2.0
"""Clients that have the other side hold bytes for them, for as long as they are let.

    holder.py answers1|uploads2 ADDRESS PORT CONNECTIONS SECONDS

`answers1`: large answers over HTTP/1 of which nothing is read. `uploads2`: sixteen bodies on a
connection of HTTP/2 that the application does not read. Prints, as JSON, how many connections were
made and how many the other side has ended.
"""

import json
import os
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), *[os.pardir] * 2,
                                "conformance"))
import h2_frames as h2  # noqa: E402

_LARGE = 20_000_000
_STREAMS = range(1, 33, 2)
_ROUND_SECONDS = 6


def _fields(method, path):
    return [(":method", method), (":scheme", "http"), (":path", path), (":authority", "held")]


def _answers1():
    return f"GET /?bytes={_LARGE} HTTP/1.1\r\nHost: held\r\n\r\n".encode()


def _data(frames):
    return b"".join(h2.frame(h2.DATA, 0, stream, b"x" * 12000) for _ in range(frames)
                    for stream in _STREAMS)


def _uploads2():
    """As much as the first windows take; the application's own take it from the proxy."""
    heads = b"".join(h2.frame(h2.HEADERS, h2.END_HEADERS, stream,
                              h2.block(_fields("POST", "/stuck"))) for stream in _STREAMS)
    return h2.PREFACE + h2.frame(h2.SETTINGS, 0, 0) + heads + _data(5)


def main():
    kind, address, port, connections, seconds = sys.argv[1:6]
    opening = {"answers1": _answers1, "uploads2": _uploads2}[kind]()
    until = time.monotonic() + float(seconds)
    held, ended = [], 0
    for _ in range(int(connections)):
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(5)
        connection.connect((address, int(port)))
        try:
            connection.sendall(opening)
        except OSError:
            ended += 1
            continue
        held.append(connection)
        time.sleep(0.005)
    if kind == "uploads2":
        # Of the windows more than half is given back, and now the application takes no more.
        time.sleep(_ROUND_SECONDS)
        for connection in held:
            try:
                connection.sendall(_data(3))
            except OSError:
                pass  # told below
    time.sleep(max(0, until - time.monotonic()))
    for connection in held:
        info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)
        ended += info[0] != 1  # no longer TCP_ESTABLISHED
    print(json.dumps({"made": int(connections), "ended": ended}), flush=True)


if __name__ == "__main__":
    main()

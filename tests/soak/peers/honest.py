# SPDX-License-Identifier: Apache-2.0
"""A client that asks for little, twenty times a second, each time on a new connection.

    honest.py ADDRESS PORT SECONDS

Prints, as JSON: how often it was `served`, `shed` (503), and what else came, and the two first for
each second.
"""

import json
import socket
import sys
import time


def _ask(address, port):
    try:
        with socket.create_connection((address, port), 5) as connection:
            connection.sendall(b"GET /?bytes=100 HTTP/1.1\r\nHost: honest\r\n"
                               b"Connection: close\r\n\r\n")
            got = b""
            while data := connection.recv(4096):
                got += data
    except OSError as error:
        return repr(error)
    status = got[9:12]
    if status == b"200" and got.endswith(b"abcdefgh" * 12 + b"abcd"):
        return "served"
    if status == b"503":
        return "shed"
    return got[:200].decode("latin-1")


def main():
    address, port, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    began = time.monotonic()
    counts, other, by_second = {"served": 0, "shed": 0}, [], {}
    while (passed := time.monotonic() - began) < seconds:
        what = _ask(address, port)
        if what in counts:
            counts[what] += 1
            by_second.setdefault(int(passed), {"served": 0, "shed": 0})[what] += 1
        else:
            other.append(what)
        time.sleep(0.05)
    print(json.dumps({**counts, "other": other[:5], "by_second": by_second}), flush=True)


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0
"""An HTTP/1.1 server that closes connections at the worst moment: after an idle time, or at a
request that comes on a connection that has been used, with a reset and without a byte.

    idle_closer.py ADDRESS PORT after SECONDS
    idle_closer.py ADDRESS PORT at-reuse

Prints "served METHOD PATH" for each request that it answers and "cut METHOD PATH" for each that it
got and did not answer.
"""

import socket
import struct
import sys
import threading

_SAYING = threading.Lock()


def read_head(connection, rest):
    """The request's first line and what came behind its head; (None, "") at the end."""
    data = rest
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return None, b""
        data += piece
    head, rest = data.split(b"\r\n\r\n", 1)
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, value = line.split(b":", 1)
        if name.lower() == b"content-length":
            length = int(value)
    while len(rest) < length:
        piece = connection.recv(65536)
        if not piece:
            return None, b""
        rest += piece
    return head.split(b"\r\n")[0].decode(), rest[length:]


def say(text):
    with _SAYING:
        print(text, flush=True)


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def serve(connection, manner, idle_seconds):
    served, rest = 0, b""
    try:
        while True:
            connection.settimeout(idle_seconds if served else 10)
            line, rest = read_head(connection, rest)
            if line is None:
                return
            what = " ".join(line.split()[:2])
            if manner == "at-reuse" and served:
                say(f"cut {what}")
                reset(connection)
                return
            say(f"served {what}")
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
            served += 1
    except OSError:
        pass
    finally:
        connection.close()


def main():
    address, port, manner = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    idle_seconds = float(sys.argv[4]) if manner == "after" else None
    with socket.create_server((address, port), family=socket.AF_INET, backlog=512) as listener:
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=serve, args=(connection, manner, idle_seconds),
                             daemon=True).start()


if __name__ == "__main__":
    main()

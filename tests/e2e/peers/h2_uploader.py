# SPDX-License-Identifier: Apache-2.0
"""Uploads over HTTP/2 by prior knowledge, behind a path of its own making: what the server says is
heard so many milliseconds later. Prints how long it took and the widest window of a stream that
the server announced, as JSON.

    h2_uploader.py ADDRESS PORT BYTES MILLISECONDS
"""

import collections
import json
import select
import socket
import struct
import sys
import time

DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
END_STREAM, ACK, END_HEADERS, FRAME = 1, 1, 4, 16384


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(
        ">I", stream) + payload


def field(name, value):
    return b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value


class Uploader:
    def __init__(self, connection, authority, size):
        self._connection = connection
        self._left = size
        self._window = self._connection_window = self._announced = 65535
        self.widest, self.is_answered, self._bytes = 65535, False, b""
        head = b"".join(field(name, value) for name, value in (
            (b":method", b"POST"), (b":scheme", b"http"), (b":path", b"/"),
            (b":authority", authority.encode())))
        connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS, 0, 0)
                           + frame(HEADERS, END_HEADERS, 1, head))

    def send(self):
        """As much as the windows allow."""
        while self._left and (room := min(FRAME, self._left, self._window,
                                          self._connection_window)) > 0:
            self._left -= room
            self._window -= room
            self._connection_window -= room
            self._connection.sendall(
                frame(DATA, 0 if self._left else END_STREAM, 1, bytes(room)))

    def hear(self, data):
        self._bytes += data
        while len(self._bytes) >= 9:
            end = 9 + int.from_bytes(self._bytes[:3], "big")
            if len(self._bytes) < end:
                return
            self._take(self._bytes[3], self._bytes[4], self._bytes[5:9], self._bytes[9:end])
            self._bytes = self._bytes[end:]

    def _take(self, kind, flags, stream, payload):
        if kind == SETTINGS and not flags & ACK:
            for at in range(0, len(payload), 6):
                name, value = struct.unpack(">HI", payload[at:at + 6])
                if name == 4:
                    self._window += value - self._announced
                    self._announced = value
                    self.widest = max(self.widest, value)
            self._connection.sendall(frame(SETTINGS, ACK, 0))
        elif kind == PING and not flags & ACK:
            self._connection.sendall(frame(PING, ACK, 0, payload))
        elif kind == WINDOW_UPDATE:
            more = int.from_bytes(payload, "big")
            if any(stream):
                self._window += more
            else:
                self._connection_window += more
        elif kind == HEADERS:
            self.is_answered = True
        elif kind in (RST_STREAM, GOAWAY):
            sys.exit(f"frame {kind}: {payload!r}")


def main(address, port, size, delay):
    with socket.create_connection((address, port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        began = time.monotonic()
        uploader = Uploader(connection, f"{address}:{port}", size)
        on_the_way = collections.deque()
        while not uploader.is_answered:
            wait = max(0, on_the_way[0][0] - time.monotonic()) if on_the_way else 5
            if select.select([connection], [], [], wait)[0]:
                data = connection.recv(65536)
                if not data:
                    sys.exit("the server closed the connection")
                on_the_way.append((time.monotonic() + delay, data))
            elif not on_the_way:
                sys.exit("nothing came for 5 s")
            while on_the_way and on_the_way[0][0] <= time.monotonic():
                uploader.hear(on_the_way.popleft()[1])
            uploader.send()
        print(json.dumps({"seconds": time.monotonic() - began, "widest": uploader.widest}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]) / 1000)

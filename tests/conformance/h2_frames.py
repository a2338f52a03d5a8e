# SPDX-License-Identifier: Apache-2.0
"""Frames of HTTP/2 by hand, right or wrong, and what comes back."""

import struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS = 0, 1, 2, 3, 4
PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 5, 6, 7, 8, 9
END_STREAM, ACK, END_HEADERS = 1, 1, 4
# The first byte of a header block that begins with `:status: 200`.
_OK = 0x88


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(
        ">I", stream) + payload


def _integer(value, prefix):
    """HPACK's integer behind `prefix` bits (RFC 7541, section 5.1)."""
    limit = (1 << prefix) - 1
    if value < limit:
        return bytes([value])
    out, value = [limit], value - limit
    while value >= 128:
        out.append(value % 128 + 128)
        value //= 128
    return bytes(out + [value])


def literal(name, value, indexed=False):
    """A field as it is, without Huffman's code; `indexed`: the table remembers it."""
    return (b"\x40" if indexed else b"\0") + _integer(len(name), 7) + name + _integer(
        len(value), 7) + value


def block(fields):
    """A header block of [(name, value)], in Latin-1."""
    return b"".join(literal(name.encode("latin-1"), value.encode("latin-1"))
                    for name, value in fields)


def request(fields, body=None, trailers=None, stream=1):
    """The frames of a request, in one HEADERS and one DATA."""
    last = body is None and trailers is None
    frames = frame(HEADERS, END_HEADERS | (END_STREAM if last else 0), stream, block(fields))
    if body is not None:
        frames += frame(DATA, 0 if trailers else END_STREAM, stream, body)
    if trailers:
        frames += frame(HEADERS, END_HEADERS | END_STREAM, stream, block(trailers))
    return frames


def connection(frames):
    return PREFACE + frame(SETTINGS, 0, 0) + frames


def read_frames(data):
    """[(kind, flags, stream, payload)] of what is whole."""
    found = []
    while len(data) >= 9:
        size = int.from_bytes(data[:3], "big")
        if len(data) < 9 + size:
            break
        found.append((data[3], data[4], int.from_bytes(data[5:9], "big") & 0x7FFFFFFF,
                      data[9:9 + size]))
        data = data[9 + size:]
    return found


def answers_ok(data):
    """How many streams were answered with 200."""
    return sum(kind == HEADERS and payload[:1] == bytes([_OK])
               for kind, _, _, payload in read_frames(data))

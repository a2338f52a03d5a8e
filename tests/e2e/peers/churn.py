# SPDX-License-Identifier: Apache-2.0
"""Clients as they come: each task below does one thing over and over, with a new connection each
time, until the time is up. Those that behave check their answers; the others go away in the midst.

    churn.py ADDRESS HTTP_PORT TCP_PORT GREETS_PORT SECONDS

Prints one line of JSON: how often each thing was done, and how often an answer was wrong.
"""

import asyncio
import hashlib
import json
import socket
import struct
import sys
import time

LARGE = 2_000_000
_NO_LINGER = struct.pack("ii", 1, 0)


def _reset(writer):
    """Ends the connection by a reset."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    writer.transport.abort()


async def _connect(port):
    return await asyncio.open_connection(sys.argv[1], port)


async def _answer(reader):
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(int(line.split(b":")[1]) for line in head.lower().split(b"\r\n")
                  if line.startswith(b"content-length:"))
    return head, await reader.readexactly(length)


async def asks_once(ports):
    """GET, then closes."""
    reader, writer = await _connect(ports["http"])
    writer.write(b"GET /?bytes=5000 HTTP/1.1\r\nhost: churn\r\n\r\n")
    head, body = await _answer(reader)
    writer.close()
    return head.startswith(b"HTTP/1.1 200") and len(body) == 5000


async def posts(ports):
    """POST of 100 kB in chunks, then closes."""
    reader, writer = await _connect(ports["http"])
    writer.write(b"POST / HTTP/1.1\r\nhost: churn\r\ntransfer-encoding: chunked\r\n\r\n")
    for _ in range(10):
        writer.write(b"2710\r\n" + b"x" * 10000 + b"\r\n")
        await writer.drain()
    writer.write(b"0\r\n\r\n")
    _, body = await _answer(reader)
    writer.close()
    return body == b"x" * 100000


async def aborts_request(ports):
    """A reset in the midst of a body that was promised."""
    _, writer = await _connect(ports["http"])
    writer.write(b"POST / HTTP/1.1\r\nhost: churn\r\ncontent-length: 100000\r\n\r\n" + b"x" * 9999)
    await writer.drain()
    await asyncio.sleep(0.01)
    _reset(writer)
    return True


async def aborts_answer(ports):
    """A reset in the midst of an answer."""
    reader, writer = await _connect(ports["http"])
    writer.write(f"GET /?bytes={LARGE} HTTP/1.1\r\nhost: churn\r\n\r\n".encode())
    await reader.readexactly(20000)
    _reset(writer)
    return True


async def reads_slowly(ports):
    """Some of a large answer, bit by bit, then an end."""
    reader, writer = await _connect(ports["http"])
    writer.write(f"GET /?bytes={LARGE} HTTP/1.1\r\nhost: churn\r\n\r\n".encode())
    for _ in range(20):
        await reader.readexactly(5000)
        await asyncio.sleep(0.05)
    writer.close()
    return True


async def says_nothing(ports):
    """A connection without a byte."""
    _, writer = await _connect(ports["http"])
    await asyncio.sleep(0.2)
    writer.close()
    return True


async def sends_raw(ports):
    """50 kB, half a close, and the digest that comes back."""
    sent = bytes(range(250)) * 200
    reader, writer = await _connect(ports["tcp"])
    writer.write(sent)
    writer.write_eof()
    answer = await reader.read()
    writer.close()
    return answer == f"{len(sent)} {hashlib.sha256(sent).hexdigest()}\n".encode()


async def is_greeted(ports):
    """An opaque port: one line, a reset."""
    reader, writer = await _connect(ports["greets"])
    line = await reader.readline()
    _reset(writer)
    return line.startswith(b"220")


async def _repeat(what, ports, until, pause, report):
    while time.monotonic() < until:
        report[what.__name__] = report.get(what.__name__, 0) + 1
        try:
            async with asyncio.timeout(10):
                right = await what(ports)
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
            right = False
            report["last"] = f"{what.__name__}: {error!r}"
        report["wrong"] += not right
        await asyncio.sleep(pause)


async def main():
    http, tcp, greets, seconds = (int(word) for word in sys.argv[2:6])
    ports = {"http": http, "tcp": tcp, "greets": greets}
    until = time.monotonic() + seconds
    report = {"wrong": 0, "last": ""}
    # (what, how many at once, pause between two)
    manners = ((asks_once, 4, 0.02), (posts, 2, 0.05), (aborts_request, 4, 0.03),
               (aborts_answer, 2, 0.05), (reads_slowly, 8, 0), (says_nothing, 4, 0),
               (sends_raw, 2, 0.05), (is_greeted, 2, 0.05))
    await asyncio.gather(*(_repeat(what, ports, until, pause, report)
                           for what, at_once, pause in manners for _ in range(at_once)))
    print(json.dumps(report), flush=True)


if __name__ == "__main__":
    asyncio.run(main())

# SPDX-License-Identifier: Apache-2.0
"""Clients as they come, each doing one thing over and over until the time is up: besides those of
tests/e2e/peers/churn.py what HTTP/2, hosts and identities without number can do.

    churner.py client ADDRESS PORT SECONDS             through both proxies
    churner.py outsider ADDRESS PORT SECONDS SERVER_NAME ANCHORS.pem CHAIN.pem...
                                                       to the server's proxy, one identity a CHAIN

HTTP/1.1 is at PORT, HTTP/2 at the next. Prints one line of JSON: how often each thing was done, and
how often an answer was wrong.
"""

import asyncio
import itertools
import json
import os
import socket
import ssl
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), *[os.pardir] * 2,
                                "conformance"))
import h2_frames as h2  # noqa: E402

_LARGE = 1_000_000
_ROOM = h2.frame(h2.WINDOW_UPDATE, 0, 0, struct.pack(">I", 1 << 30))
_NUMBERS = itertools.count()


class Peers:
    def __init__(self, words):
        self.address, self.port = words[0], int(words[1])
        self.contexts = itertools.cycle([self._context(words[4], chain) for chain in words[5:]])
        self.name = words[3] if len(words) > 3 else None

    @staticmethod
    def _context(anchors, chain):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(anchors)
        context.load_cert_chain(chain)
        return context

    async def connect(self, second=False):
        return await asyncio.open_connection(self.address, self.port + second)

    async def connect_secure(self, second=False):
        return await asyncio.open_connection(self.address, self.port + second,
                                             ssl=next(self.contexts), server_hostname=self.name)


def _get(path, stream=1, host="churn"):
    return h2.request([(":method", "GET"), (":scheme", "http"), (":path", path),
                       (":authority", host), ("te", "trailers")], stream=stream)


async def _frames(reader):
    while True:
        head = await reader.readexactly(9)
        payload = await reader.readexactly(int.from_bytes(head[:3], "big"))
        yield head[3], head[4], int.from_bytes(head[5:9], "big"), payload


async def _ends(reader, streams):
    """(bytes of DATA, headers frames) until each of `streams` has ended; a reset is an error."""
    size = heads = 0
    left = set(streams)
    async for kind, flags, stream, payload in _frames(reader):
        if kind == h2.GOAWAY or (kind == h2.RST_STREAM and stream in left):
            raise ConnectionError(f"frame {kind} on {stream}: {payload.hex()}")
        size += len(payload) if kind == h2.DATA else 0
        heads += kind == h2.HEADERS
        if kind in (h2.DATA, h2.HEADERS) and flags & h2.END_STREAM:
            left.discard(stream)
        if not left:
            return size, heads
    return size, heads


def _reset(writer):
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def asks_over_http2(peers):
    """Ten calls at once, each with trailers."""
    reader, writer = await peers.connect(second=True)
    streams = range(1, 21, 2)
    writer.write(h2.connection(b"".join(_get("/?bytes=3000", each) for each in streams)))
    size, heads = await _ends(reader, streams)
    writer.close()
    return size == 30000 and heads == 20


async def cancels_streams(peers):
    """Half of its streams are reset in the midst of their answers; the others have theirs."""
    reader, writer = await peers.connect(second=True)
    writer.write(h2.connection(_ROOM + b"".join(
        _get(f"/?bytes={_LARGE if each % 4 == 1 else 10}", each) for each in range(1, 21, 2))))
    await asyncio.sleep(0.05)
    for stream in range(1, 21, 4):
        writer.write(h2.frame(h2.RST_STREAM, 0, stream, struct.pack(">I", 8)))
    await _ends(reader, range(3, 21, 4))
    writer.close()
    return True


async def leaves_http2(peers):
    """Ten large answers asked for, none of them read, and a reset."""
    _, writer = await peers.connect(second=True)
    writer.write(h2.connection(_ROOM + b"".join(_get(f"/?bytes={_LARGE}", each)
                                                for each in range(1, 21, 2))))
    await asyncio.sleep(0.2)
    _reset(writer)
    return True


async def abandons_upload(peers):
    """Half of a body over HTTP/2."""
    _, writer = await peers.connect(second=True)
    head = h2.frame(h2.HEADERS, h2.END_HEADERS, 1, h2.block([
        (":method", "POST"), (":scheme", "http"), (":path", "/"), (":authority", "churn")]))
    writer.write(h2.connection(head + h2.frame(h2.DATA, 0, 1, b"x" * 16000) * 3))
    await asyncio.sleep(0.02)
    _reset(writer)
    return True


async def _asks_for(reader, writer, host):
    writer.write(f"GET /?bytes=100 HTTP/1.1\r\nhost: {host}\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    body = await reader.readexactly(100)
    return head.startswith(b"HTTP/1.1 200") and len(body) == 100


async def names_new_hosts(peers):
    """Five requests on one connection, each for a host that nobody has named before."""
    reader, writer = await peers.connect()
    right = [await _asks_for(reader, writer, f"host-{next(_NUMBERS)}.example") for _ in range(5)]
    writer.close()
    return all(right)


async def shows_identities(peers):
    """A request by mutual TLS, as one identity after the other."""
    reader, writer = await peers.connect_secure()
    right = await _asks_for(reader, writer, f"host-{next(_NUMBERS)}.example")
    writer.close()
    return right


async def secure_http2(peers):
    reader, writer = await peers.connect_secure(second=True)
    writer.write(h2.connection(_get("/?bytes=3000")))
    size, heads = await _ends(reader, [1])
    writer.close()
    return size == 3000 and heads == 2


async def begins_tls(peers):
    """The beginning of a ClientHello, then nothing, then a reset or an end."""
    _, writer = await peers.connect()
    writer.write(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(20))
    await asyncio.sleep(0.3)
    if next(_NUMBERS) % 2:
        _reset(writer)
    else:
        writer.close()
    return True


async def breaks_off_secure(peers):
    """A large answer by mutual TLS that is not read to its end."""
    reader, writer = await peers.connect_secure()
    writer.write(f"GET /?bytes={_LARGE} HTTP/1.1\r\nhost: churn\r\n\r\n".encode())
    await reader.readexactly(20000)
    _reset(writer)
    return True


async def _repeat(what, peers, until, pause, report):
    while time.monotonic() < until:
        report[what.__name__] = report.get(what.__name__, 0) + 1
        try:
            async with asyncio.timeout(10):
                right = await what(peers)
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
            right = False
            report["last"] = f"{what.__name__}: {error!r}"
        report["wrong"] += not right
        await asyncio.sleep(pause)


# (what, how many at once, pause between two)
MANNERS = {
    "client": ((asks_over_http2, 2, 0.05), (cancels_streams, 2, 0.1), (leaves_http2, 2, 0.1),
               (abandons_upload, 2, 0.1), (names_new_hosts, 2, 0.05)),
    "outsider": ((names_new_hosts, 1, 0.1), (shows_identities, 2, 0.05), (secure_http2, 2, 0.05),
                 (begins_tls, 4, 0.05), (breaks_off_secure, 2, 0.1)),
}


async def main():
    peers = Peers(sys.argv[2:])
    until = time.monotonic() + float(sys.argv[4])
    report = {"wrong": 0, "last": ""}
    await asyncio.gather(*(_repeat(what, peers, until, pause, report)
                           for what, at_once, pause in MANNERS[sys.argv[1]]
                           for _ in range(at_once)))
    print(json.dumps(report), flush=True)


if __name__ == "__main__":
    asyncio.run(main())

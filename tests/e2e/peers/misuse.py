# SPDX-License-Identifier: Apache-2.0
"""What no proxy does to its controller, below gRPC. Prints one line of JSON.

    misuse.py ADDRESS PORT NAME ANCHORS.pem CERTIFICATE_AND_KEY.pem|- half-open TIMES
        opens connections with half a ClientHello and waits: {"ended": by the server, "seconds"}
    ... frames KIND TIMES
        does inside TLS what KIND says and waits for an end: {"ended": ..., "seconds": the longest}
    ... connections TIMES
        opens connections that say nothing: {"ended": at once by the server}
"""

import json
import selectors
import socket
import ssl
import struct
import sys
import time

ADDRESS, PORT, NAME = sys.argv[1], int(sys.argv[2]), sys.argv[3]
PATIENCE = 20
_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def _context():
    context = ssl.create_default_context(cafile=sys.argv[4])
    context.set_alpn_protocols(["h2"])
    if sys.argv[5] != "-":
        context.load_cert_chain(sys.argv[5])
    return context


def _client_hello():
    outgoing = ssl.MemoryBIO()
    tls = _context().wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=NAME)
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


def _frame(kind, flags, stream, payload):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(
        ">I", stream) + payload


def _field(name, value):
    """A header that is not indexed; no Huffman code."""
    def text(said):
        if len(said) < 127:
            return bytes([len(said)]) + said
        rest, out = len(said) - 127, [127]
        while rest >= 128:
            out.append(rest % 128 + 128)
            rest //= 128
        return bytes([*out, rest]) + said
    return b"\0" + text(name) + text(value)


_HEAD = b"".join(_field(*pair) for pair in (
    (b":method", b"POST"), (b":scheme", b"https"), (b":authority", b"controller"),
    (b":path", b"/io.linkerd.proxy.destination.Destination/Get"),
    (b"content-type", b"application/grpc"), (b"te", b"trailers")))


def _bytes_of(kind):
    """What follows the preface, in pieces."""
    settings = _frame(4, 0, 0, b"")
    if kind == "long-frame":  # of 16 MiB, which we never allowed
        yield settings + b"\xff\xff\xff\x00\x00\x00\x00\x00\x01" + b"x" * 100000
    elif kind == "settings":
        yield from (settings * 100 for _ in range(1000))
    elif kind == "pings":
        yield from (_frame(6, 0, 0, b"12345678") * 100 for _ in range(1000))
    elif kind == "continuations":  # of one header block without an end
        yield settings + _frame(1, 0, 1, _HEAD)
        yield from (_frame(9, 0, 1, _field(b"x", b"y" * 8000)) for _ in range(1000))
    elif kind == "resets":
        for stream in range(1, 40001, 2):
            yield _frame(1, 4, stream, _HEAD) + _frame(3, 0, stream, b"\0\0\0\x08")
    else:
        raise ValueError(kind)


def _connect():
    return socket.create_connection((ADDRESS, PORT), 5)


def _do_frames(kind):
    """Seconds until the server ended it, or None."""
    with _context().wrap_socket(_connect(), server_hostname=NAME) as connection:
        connection.settimeout(PATIENCE)
        began = time.monotonic()
        try:
            connection.sendall(_PREFACE)
            for piece in _bytes_of(kind):
                connection.sendall(piece)
            while connection.recv(65536):
                pass
        except TimeoutError:
            return None
        except OSError:  # a reset is an end, too
            pass
        return time.monotonic() - began


def _wait_for_ends(connections, seconds):
    selector = selectors.DefaultSelector()
    for connection in connections:
        connection.setblocking(False)
        selector.register(connection, selectors.EVENT_READ)
    began, ended, last = time.monotonic(), 0, 0
    while ended < len(connections) and time.monotonic() - began < seconds:
        for key, _ in selector.select(0.5):
            try:
                if key.fileobj.recv(4096):
                    continue
            except BlockingIOError:
                continue
            except OSError:
                pass
            selector.unregister(key.fileobj)
            ended, last = ended + 1, time.monotonic() - began
    return {"ended": ended, "seconds": round(last, 1)}


def main():
    mode, rest = sys.argv[6], sys.argv[7:]
    if mode == "frames":
        times = [_do_frames(rest[0]) for _ in range(int(rest[1]))]
        ended = [each for each in times if each is not None]
        report = {"ended": len(ended), "seconds": round(max(ended, default=0), 1)}
    elif mode == "half-open":
        hello = _client_hello()
        connections = [_connect() for _ in range(int(rest[0]))]
        for connection in connections:
            connection.sendall(hello[:len(hello) // 2])
        print("open", flush=True)
        report = _wait_for_ends(connections, PATIENCE)
    else:
        report = _wait_for_ends([_connect() for _ in range(int(rest[0]))], 2)
    print(json.dumps(report), flush=True)


if __name__ == "__main__":
    main()

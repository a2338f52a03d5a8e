# SPDX-License-Identifier: Apache-2.0
"""Malformed bytes, many times over. Opens a connection for each, sends, closes its half and waits
for the other side to end the connection.

    junk.py ADDRESS PORT KIND TIMES

Prints how many connections were ended by the other side; exits 1 when one was not within
15 seconds (the proxies' detection may take 10).
"""

import random
import socket
import struct
import sys

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_SETTINGS = b"\0\0\0\x04\0\0\0\0\0"


def _frame(kind, flags, stream, payload):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(
        ">I", stream) + payload


def make(kind, generator):
    noise = generator.randbytes(generator.randint(1, 4096))
    if kind == "tls":
        return generator.choice([
            b"\x16\x03\x01\xff\xff" + noise,  # a record longer than any
            b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00",  # a ClientHello of one byte
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + noise,  # noise as a ClientHello
            b"\x15\x03\x03\x00\x02\x02\x28",  # an alert before anything
        ])
    if kind == "http1":
        return generator.choice([
            b"GET / HTTP/1.1\r\nno colon here\r\n\r\n",
            b"GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
            b"GET / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
            b"GET / HTTP/1.1\r\nhost: a\r\nx: " + b"y" * 100000 + b"\r\n\r\n",
            b"GET / HTTP/1.1\r\nhost: a\r\n\0: nul\r\n\r\n",
        ])
    if kind == "http2":
        return _PREFACE + generator.choice([
            noise,
            _SETTINGS + b"\xff\xff\xff\x00\x00\x00\x00\x00\x01",  # a frame of 16 MiB
            _SETTINGS + _frame(1, 5, 1, b"\xff" * 64),  # HPACK that is none
            _SETTINGS + _frame(0, 0, 7, b"data on an idle stream"),
            _frame(4, 0, 0, b"\0\x04\xff\xff\xff\xff"),  # a window beyond 2^31-1
            _SETTINGS + _frame(8, 0, 0, b"\0\0\0\0"),  # a window update of nothing
        ])
    return noise


def main():
    address, port, kind, times = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    generator = random.Random(f"{port} {kind}")
    ended = 0
    for _ in range(times):
        with socket.create_connection((address, port), 5) as connection:
            connection.settimeout(15)
            try:
                connection.sendall(make(kind, generator))
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65536):
                    pass
            except TimeoutError:
                sys.exit(f"{ended} connections were ended, this one was not")
            except OSError:  # reset: also an end
                pass
            ended += 1
    print(f"{ended} connections ended")


if __name__ == "__main__":
    main()

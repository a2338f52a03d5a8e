# SPDX-License-Identifier: Apache-2.0
"""Sends bytes as they are, each piece on a connection of its own, and tells what came back.

    raw_client.py ADDRESS PORT

Takes [[name, bytes in hexadecimal]] as JSON, prints {name: bytes in hexadecimal}. Each
connection is read until it has been silent for a moment, then shut and read to its end; "+" behind
the bytes says that there was none in time.
"""

import concurrent.futures
import json
import socket
import sys

_AT_ONCE = 32
_QUIET_SECONDS, _END_SECONDS = 0.3, 15


def read(connection, seconds):
    """(bytes, whether they ended)"""
    found = b""
    connection.settimeout(seconds)
    try:
        while data := connection.recv(65536):
            found += data
    except TimeoutError:
        return found, False
    except OSError:  # reset: also an end
        pass
    return found, True


def ask(address, data):
    with socket.create_connection(address, 5) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            connection.sendall(data)
        except OSError:
            pass
        found, ended = read(connection, _QUIET_SECONDS)
        if not ended:
            try:
                connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            rest, ended = read(connection, _END_SECONDS)
            found += rest
    return found.hex() + ("" if ended else "+")


def main():
    address = sys.argv[1], int(sys.argv[2])
    pieces = json.load(sys.stdin)
    with concurrent.futures.ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = pool.map(lambda piece: ask(address, bytes.fromhex(piece[1])), pieces)
        print(json.dumps({name: answer for (name, _), answer in zip(pieces, answers)}))


if __name__ == "__main__":
    main()

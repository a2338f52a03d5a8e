# SPDX-License-Identifier: Apache-2.0
"""The other side of tcp_server.py; exits 0 and prints what it saw when all was as it should be.

    tcp_client.py ADDRESS PORT half-close [BYTES]
    tcp_client.py ADDRESS PORT greets
    tcp_client.py ADDRESS PORT waits     is greeted, then prints how the connection ends
"""

import hashlib
import socket
import sys
import threading


def half_close(connection, size):
    sent = bytes(index * 7 % 251 for index in range(size))
    writer = threading.Thread(
        target=lambda: (connection.sendall(sent), connection.shutdown(socket.SHUT_WR)))
    writer.start()
    answer = b""
    while data := connection.recv(65536):
        answer += data
    writer.join()
    expected = f"{size} {hashlib.sha256(sent).hexdigest()}\n".encode()
    if answer != expected:
        sys.exit(f"expected {expected!r}, got {answer!r}")
    print(f"sent {size} bytes, closed that half, then read {len(answer)}")


def greets(connection):
    lines = connection.makefile("rwb")
    heard = [lines.readline()]
    for said in (b"HELO seine\r\n", b"QUIT\r\n"):
        lines.write(said)
        lines.flush()
        heard.append(lines.readline())
    expected = [b"220 seine.test ready\r\n", b"250 you said HELO seine\r\n", b"221 bye\r\n"]
    if heard != expected or lines.read() != b"":
        sys.exit(f"expected {expected}, then the end; heard {heard}")
    print("was greeted first, then answered")


def waits(connection):
    print(connection.recv(100), flush=True)
    connection.settimeout(None)
    try:
        print(f"ended with {connection.recv(100)!r}")
    except OSError as error:
        print(f"ended with {error}")


if __name__ == "__main__":
    with socket.create_connection((sys.argv[1], int(sys.argv[2])), 30) as made:
        if sys.argv[3] == "greets":
            greets(made)
        elif sys.argv[3] == "waits":
            waits(made)
        else:
            half_close(made, int(sys.argv[4]) if len(sys.argv) > 4 else 1000000)

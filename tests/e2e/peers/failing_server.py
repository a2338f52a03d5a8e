# SPDX-License-Identifier: Apache-2.0
"""An HTTP/1.1 server that fails as the path says: /reset, /close, /garbage, /cut, /break. Asked for
/proxy-metrics it tells those of the proxy beside it; other paths are answered.

    failing_server.py ADDRESS PORT
"""

import socket
import struct
import sys
import threading
import urllib.request


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def serve(connection):
    with connection:
        head = b""
        while b"\r\n\r\n" not in head:
            piece = connection.recv(65536)
            if not piece:
                return
            head += piece
        path = head.split(b" ", 2)[1].decode()
        if path == "/reset":
            reset(connection)
        elif path == "/close":
            pass
        elif path == "/garbage":
            connection.sendall(b"this is not HTTP\r\n\r\n")
        elif path in ("/cut", "/break"):
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nten octets")
            # So that what was written is read before the end is seen.
            threading.Event().wait(0.2)
            if path == "/break":
                reset(connection)
        else:
            body = b"ok"
            if path == "/proxy-metrics":
                with urllib.request.urlopen("http://127.0.0.1:4191/metrics", timeout=5) as answer:
                    body = answer.read()
            connection.sendall(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: "
                               b"%d\r\n\r\n%s" % (len(body), body))


def main():
    with socket.create_server((sys.argv[1], int(sys.argv[2])), backlog=64) as listener:
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=serve, args=(connection,), daemon=True).start()


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0
"""Plain TCP that is no HTTP.

    tcp_server.py ADDRESS PORT half-close [FILE]
                                             reads to the end of the stream, and only then, and
                                             once FILE exists, answers with the length and the
                                             SHA-256 of what it read
    tcp_server.py ADDRESS PORT greets        speaks first, as SMTP does: `220 ...`, then an answer
                                             for each line, until QUIT
"""

import hashlib
import os
import socket
import socketserver
import sys
import time


class HalfClose(socketserver.StreamRequestHandler):
    def handle(self):
        digest, length = hashlib.sha256(), 0
        while data := self.request.recv(65536):
            digest.update(data)
            length += len(data)
        while len(sys.argv) > 4 and not os.path.exists(sys.argv[4]):
            time.sleep(0.05)
        self.request.sendall(f"{length} {digest.hexdigest()}\n".encode())


class Greets(socketserver.StreamRequestHandler):
    def handle(self):
        self.request.sendall(b"220 seine.test ready\r\n")
        for line in self.rfile:
            if line.strip() == b"QUIT":
                self.request.sendall(b"221 bye\r\n")
                return
            self.request.sendall(b"250 you said " + line.strip() + b"\r\n")


class Server(socketserver.ThreadingTCPServer):
    address_family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
    allow_reuse_address = True
    daemon_threads = True


if __name__ == "__main__":
    handler = {"half-close": HalfClose, "greets": Greets}[sys.argv[3]]
    Server((sys.argv[1], int(sys.argv[2])), handler).serve_forever()

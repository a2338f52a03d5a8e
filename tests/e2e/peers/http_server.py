# SPDX-License-Identifier: Apache-2.0
"""An HTTP/1.1 server that knows nothing of us. GET answers `pattern` bytes (?bytes=N), POST sends
the body back; both tell in `x-seen` what they were asked, so that a test can look at it. GET
/held answers the half of its bytes at once and the rest when somebody has asked for /release.

    http_server.py ADDRESS PORT
"""

import http.server
import json
import socket
import socketserver
import sys
import threading
import urllib.parse


def pattern(size):
    return bytes(97 + index % 26 for index in range(size))


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def _answer(self, body):
        seen = {"method": self.command, "path": self.path, "version": self.request_version,
                "headers": {name.lower(): value for name, value in self.headers.items()}}
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.send_header("x-seen", json.dumps(seen))
        self.end_headers()
        self.wfile.write(body)

    released = threading.Event()

    def do_GET(self):  # pylint: disable=invalid-name
        url = urllib.parse.urlsplit(self.path)
        body = pattern(int(urllib.parse.parse_qs(url.query).get("bytes", ["1024"])[0]))
        if url.path == "/release":
            self.released.set()
        if url.path != "/held":
            self._answer(body)
            return
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:len(body) // 2])
        self.released.wait()
        self.wfile.write(body[len(body) // 2:])

    def _read_body(self):
        if self.headers.get("transfer-encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("content-length", 0)))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return body

    def do_POST(self):  # pylint: disable=invalid-name
        self._answer(self._read_body())

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
    request_queue_size = 1024
    # HTTPServer's own also asks DNS for a name, which no namespace has.
    server_bind = socketserver.TCPServer.server_bind


if __name__ == "__main__":
    Server((sys.argv[1], int(sys.argv[2])), Handler).serve_forever()

# SPDX-License-Identifier: Apache-2.0
"""A server of HTTP/1.1 that takes nothing on trust: it writes down, a line of JSON each, every
request that it got, what in its bytes leaves room for two readings, and what came that was none.
Its answer to a request is the request's target.

    recorder.py PORT FILE
"""

import json
import re
import socket
import sys
import threading

_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([!-\"$-~]+) HTTP/1\.[01]\Z")
_LIMIT = 1 << 20


class Ambiguous(Exception):
    """Says what two servers could read in two ways."""


class Ended(Exception):
    """The connection, in the middle of a request or between two."""


class Reader:
    def __init__(self, connection):
        self._connection = connection
        self._bytes = b""
        self.raw = b""

    def _more(self):
        data = self._connection.recv(65536)
        if not data:
            raise Ended
        self._bytes += data

    def take(self, size):
        while len(self._bytes) < size:
            self._more()
        taken, self._bytes = self._bytes[:size], self._bytes[size:]
        self.raw += taken[:1000]
        return taken

    def line(self):
        while b"\n" not in self._bytes:
            if len(self._bytes) > _LIMIT:
                raise Ambiguous("a line without end")
            self._more()
        line = self.take(self._bytes.index(b"\n") + 1)
        if not line.endswith(b"\r\n"):
            raise Ambiguous("a bare LF")
        return line[:-2]


def read_fields(reader):
    fields = []
    while line := reader.line():
        name, colon, value = line.partition(b":")
        if not colon or not _TOKEN.match(name):
            raise Ambiguous(f"a field without a proper name: {line[:100]!r}")
        if re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", value):
            raise Ambiguous(f"a control character in a field: {line[:100]!r}")
        fields.append((name.lower(), value.strip(b" \t")))
    return fields


def read_body(reader, fields):
    lengths = [value for name, value in fields if name == b"content-length"]
    codings = [value for name, value in fields if name == b"transfer-encoding"]
    if len(lengths) + len(codings) > 1:
        raise Ambiguous("more than one field tells the length")
    if codings:
        if codings[0] != b"chunked":
            raise Ambiguous(f"the coding {codings[0]!r}")
        while size := read_chunk_size(reader):
            reader.take(size)
            if reader.take(2) != b"\r\n":
                raise Ambiguous("a chunk longer than its size")
        if {name for name, _ in read_fields(reader)} & {b"content-length", b"transfer-encoding",
                                                        b"host"}:
            raise Ambiguous("a trailer that frames or routes")
    elif lengths:
        if not re.match(rb"(0|[1-9][0-9]*)\Z", lengths[0]) and not lengths[0].isdigit():
            raise Ambiguous(f"the length {lengths[0]!r}")
        reader.take(int(lengths[0]))


def read_chunk_size(reader):
    line = reader.line()
    if not re.match(rb"[0-9a-fA-F]{1,16}\Z", line):
        raise Ambiguous(f"the chunk size {line[:100]!r}")
    return int(line, 16)


def read_request(reader):
    """(method, target)"""
    line = reader.line()
    found = _LINE.match(line)
    if not found:
        raise Ambiguous(f"the request line {line[:200]!r}")
    fields = read_fields(reader)
    if sum(name == b"host" for name, _ in fields) != 1 and line.endswith(b"1.1"):
        raise Ambiguous("not one Host")
    if found[1] != b"CONNECT" and not (found[2].startswith((b"/", b"http://")) or found[2] == b"*"):
        raise Ambiguous(f"the target {found[2][:100]!r}")
    if any(name == b"http2-settings" or (name == b"upgrade" and b"h2c" in value.lower())
           for name, value in fields):
        raise Ambiguous("an upgrade to h2c")
    read_body(reader, fields)
    return found[1].decode(), found[2].decode()


def serve(connection, note):
    reader = Reader(connection)
    with connection:
        while True:
            reader.raw = b""
            try:
                method, target = read_request(reader)
            except Ambiguous as why:
                note({"wrong": str(why), "raw": reader.raw.decode("latin-1")})
                return
            except (Ended, OSError):
                if reader.raw:
                    note({"incomplete": True, "raw": reader.raw.decode("latin-1")})
                return
            note({"method": method, "target": target, "raw": reader.raw.decode("latin-1")})
            body = b"" if method in ("HEAD", "CONNECT") else target.encode()
            status = "405 Not Here" if method == "CONNECT" else "200 OK"
            connection.sendall(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
                               + body)


def main():
    port, path = int(sys.argv[1]), sys.argv[2]
    lock = threading.Lock()
    with open(path, "a", encoding="ascii") as file, socket.create_server(
            ("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=512) as listener:
        def note(what):
            with lock:
                file.write(json.dumps(what) + "\n")
                file.flush()
        while True:
            connection, _ = listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=serve, args=(connection, note), daemon=True).start()


if __name__ == "__main__":
    main()

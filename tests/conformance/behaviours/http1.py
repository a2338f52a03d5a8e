# SPDX-License-Identifier: Apache-2.0
"""HTTP/1 byte by byte: a client that sends what it is told, an application that hides nothing."""

import dataclasses

from behaviours.sockets import SECONDS, Listener, connect


@dataclasses.dataclass
class Message:
    """A request or a response. Names of headers as they came."""

    start: str
    headers: list
    body: bytes = b""
    chunks: list = dataclasses.field(default_factory=list)
    trailers: list = dataclasses.field(default_factory=list)

    @property
    def status(self):
        return int(self.start.split()[1])

    @property
    def method(self):
        return self.start.split()[0]

    @property
    def target(self):
        return self.start.split()[1]

    def get(self, name):
        """None without it; values of several joined by commas."""
        found = [value for each, value in self.headers if each.lower() == name.lower()]
        return ", ".join(found) if found else None


class Reader:
    """What is read and not yet used of a connection."""

    def __init__(self, connection):
        self.connection = connection
        self.kept = b""

    def _more(self):
        data = self.connection.recv(65536)
        if not data:
            raise EOFError(f"ended behind {self.kept!r}")
        self.kept += data

    def line(self):
        while b"\r\n" not in self.kept:
            self._more()
        line, self.kept = self.kept.split(b"\r\n", 1)
        return line.decode("latin-1")

    def exactly(self, count):
        while len(self.kept) < count:
            self._more()
        data, self.kept = self.kept[:count], self.kept[count:]
        return data

    def to_end(self):
        try:
            while True:
                self._more()
        except EOFError:
            data, self.kept = self.kept, b""
            return data

    def _fields(self):
        fields = []
        while line := self.line():
            name, value = line.split(":", 1)
            fields.append((name, value.strip()))
        return fields

    def head(self):
        return Message(self.line(), self._fields())

    def message(self, asked_by=None):
        """A request, or the response to the method `asked_by`."""
        message = self.head()
        length, coding = message.get("content-length"), message.get("transfer-encoding")
        if asked_by and (asked_by == "HEAD" or message.status in (204, 304) or
                         message.status < 200 or
                         asked_by == "CONNECT" and message.status < 300):
            return message
        if coding == "chunked":
            while size := int(self.line(), 16):
                message.chunks.append(self.exactly(size))
                self.line()
            message.trailers = self._fields()
            message.body = b"".join(message.chunks)
        elif length is not None:
            message.body = self.exactly(int(length))
        elif asked_by:
            message.body = self.to_end()
        return message


class Client:
    """One connection."""

    def __init__(self, space, host, port, seconds=SECONDS, socket=None):
        self.connection = socket or connect(space, host, port, seconds)
        self.reader = Reader(self.connection)
        self.host = f"{host}:{port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def send(self, text):
        self.connection.sendall(text if isinstance(text, bytes) else text.encode("latin-1"))

    def answer(self, method="GET"):
        return self.reader.message(method)

    def ask(self, path="/", method="GET", headers=(), body=None, host=None):
        lines = [f"{method} {path} HTTP/1.1", f"host: {host or self.host}",
                 *(f"{name}: {value}" for name, value in headers)]
        if body is not None:
            lines.append(f"content-length: {len(body)}")
        self.send("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b""))
        return self.answer(method)

    def is_ended(self):
        """Whether the other side has ended it, orderly, within its seconds."""
        return self.connection.recv(1) == b""


def response(status=200, body=b"", headers=(), length=True):
    """As bytes."""
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in headers)]
    if length:
        lines.append(f"content-length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


class Application(Listener):
    """Answers each request by `respond(request, connection)`: bytes, or None when it has answered
    by itself and the connection is over. `requests` are those that came."""

    def __init__(self, space, respond=None, host=None, port=0):
        self.requests = []
        self._respond = respond or (lambda *_: response(200, b"hello"))
        super().__init__(space, host or space.ipv4, port, self._serve_requests)

    def _serve_requests(self, connection):
        reader = Reader(connection)
        while True:
            request = reader.message()
            self.requests.append(request)
            answer = self._respond(request, connection)
            if answer is None:
                connection.close()
                return
            connection.sendall(answer)

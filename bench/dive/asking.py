# SPDX-License-Identifier: Apache-2.0
"""One question over HTTP, at a port or a unix socket, and what it cost whoever answered."""

import http.client
import json
import socket
import time
from dataclasses import dataclass

from lab.process import LabError
from measure import cpu_ns, machine_busy_ns

_SECONDS = 120


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=_SECONDS)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


@dataclass
class Answer:
    value: object    # the JSON that came
    wall_ms: float
    cpu_ms: float    # of the process that answered
    strangers: float  # share of a core that others used meanwhile


class Asker:
    """`where` is a port of 127.0.0.1 or the path of a unix socket. One connection is kept."""

    def __init__(self, where, pid):
        self._pid = pid
        self._connection = (_UnixConnection(where) if isinstance(where, str) else
                            http.client.HTTPConnection("127.0.0.1", where, timeout=_SECONDS))

    def ask(self, path, body=None):
        busy, cpu, begun = machine_busy_ns(), cpu_ns([self._pid]), time.monotonic()
        own = time.process_time_ns()
        self._connection.request("POST" if body is not None else "GET", path, body)
        response = self._connection.getresponse()
        text = response.read()
        wall = time.monotonic() - begun
        used = cpu_ns([self._pid]) - cpu
        strangers = machine_busy_ns() - busy - used - (time.process_time_ns() - own)
        if response.status not in (200, 201):
            raise LabError(f"{path}: {response.status} {text[:300].decode(errors='replace')}")
        return Answer(json.loads(text), wall * 1e3, used / 1e6, max(0.0, strangers / 1e9 / wall))

    def close(self):
        self._connection.close()

# SPDX-License-Identifier: Apache-2.0
"""Sockets that stand in a namespace of the laboratory while their owner stays outside."""

import contextlib
import ctypes
import os
import socket
import ssl
import threading

_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)
SECONDS = 10


@contextlib.contextmanager
def inside(space):
    """This thread makes its sockets in the namespace meanwhile."""
    own = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{space.name}", os.O_RDONLY)
    try:
        if _libc.setns(there, _CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
        yield
    finally:
        _libc.setns(own, _CLONE_NEWNET)
        os.close(there)
        os.close(own)


def connect(space, host, port, seconds=SECONDS, source=None):
    with inside(space):
        made = socket.socket()
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    made.settimeout(seconds)
    if source:
        made.bind((source, 0))
    made.connect((host, port))
    return made


def connect_tls(space, host, port, name, anchors, certificate=None, alpn=(), seconds=SECONDS):
    """TLS to the proxy that is called `name`; ssl.SSLError when it will not."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(cadata=anchors)
    if certificate:
        context.load_cert_chain(certificate)
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context.wrap_socket(connect(space, host, port, seconds), server_hostname=name)


class Listener:
    """Accepts in a thread of its own and serves each connection in another, until close()."""

    def __init__(self, space, host, port, serve):
        with inside(space):
            self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind((host, port))
        self._socket.listen(200)
        self.host, self.port = self._socket.getsockname()
        self._serve = serve
        self.accepted = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.accepted.append(connection)
            threading.Thread(target=self._run, args=(connection,), daemon=True).start()

    def _run(self, connection):
        try:
            self._serve(connection)
        except (OSError, EOFError, ValueError):
            pass

    def close(self):
        """Also of what was accepted."""
        for each in [self._socket, *self.accepted]:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


def read_exactly(connection, count):
    """EOFError if it ends before."""
    data = b""
    while len(data) < count:
        more = connection.recv(count - len(data))
        if not more:
            raise EOFError(f"ended after {len(data)} of {count} bytes: {data!r}")
        data += more
    return data


def read_to_end(connection):
    data = b""
    while more := connection.recv(65536):
        data += more
    return data


def is_reset(connection):
    """Whether the next thing read is a reset and not an ordinary end."""
    try:
        connection.recv(1)
        return False
    except ConnectionResetError:
        return True

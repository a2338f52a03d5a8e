# SPDX-License-Identifier: Apache-2.0
"""HTTP/2 in which a test sees each frame that matters: client, application, and base of gRPC."""

import contextlib
import threading
import time

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import h2.settings

from behaviours.sockets import SECONDS, Listener, connect
from lab.process import LabError


class _Connection(h2.connection.H2Connection):
    """h2 takes GOAWAY for the end of all and drops what it had to send, such as the answer to the
    PING that a drain begins with; RFC 9113, 6.8, lets streams under way end."""

    def _receive_goaway_frame(self, frame):
        state, unsent = self.state_machine.state, self._data_to_send
        frames, events = super()._receive_goaway_frame(frame)
        self.state_machine.state, self._data_to_send = state, unsent
        return frames, events


class Stream:
    """What came on it so far. `head` is None until it came, `reset` unless it was reset."""

    def __init__(self, peer, number):
        self.peer, self.number = peer, number
        self.head = self.trailers = self.reset = None
        self.body = bytearray()
        self.frames = 0
        self.ended = False

    def get(self, name):
        return dict(self.head or ()).get(name)

    @property
    def status(self):
        return int(self.get(":status")) if self.head else None

    @property
    def over(self):
        return self.ended or self.reset is not None or self.peer.gone

    def wait(self, seconds=SECONDS):
        """Until it is over."""
        self.peer.wait(lambda: self.over, f"the end of stream {self.number}", seconds)
        return self

    def send_head(self, head, end=False):
        self.peer.do(lambda c: c.send_headers(self.number, list(head), end_stream=end))

    def send(self, data, end=False):
        """As the windows let it."""
        data = bytes(data)
        deadline = time.monotonic() + SECONDS
        while True:
            with self.peer.changed:
                if self.reset is not None:
                    raise EOFError(f"stream {self.number} was reset with {self.reset}")
                room = min(self.peer.h2.local_flow_control_window(self.number),
                           self.peer.h2.max_outbound_frame_size)
                part, data = data[:room], data[room:]
                if part or not data:
                    self.peer.do(lambda c, p=part, e=end and not data:
                                 c.send_data(self.number, p, end_stream=e))
                if not data:
                    return
                if not part and not self.peer.changed.wait(deadline - time.monotonic()):
                    raise LabError(f"no window for {len(data)} bytes of stream {self.number}")

    def cancel(self, code=8):
        self.peer.do(lambda c: c.reset_stream(self.number, code))


class Peer:
    """One connection, read by a thread of its own. With `holds`, windows are not given back."""

    def __init__(self, connection, is_client, started=None, holds=False):
        self.socket = connection
        self.h2 = _Connection(h2.config.H2Configuration(
            client_side=is_client, header_encoding="utf-8", validate_inbound_headers=False,
            validate_outbound_headers=False, normalize_outbound_headers=False))
        self.changed = threading.Condition(threading.RLock())
        self.streams = {}
        self.goaway = None
        self.gone = False
        self.holds = holds
        self._started = started
        self.do(lambda c: c.initiate_connection())
        # A control plane has more than h2's hundred: one for each stream that is followed.
        self.do(lambda c: c.update_settings(
            {h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: 10000}))

    def do(self, action):
        with self.changed:
            result = action(self.h2)
            if data := self.h2.data_to_send():
                self.socket.sendall(data)
            return result

    def wait(self, condition, what, seconds=SECONDS):
        with self.changed:
            if not self.changed.wait_for(condition, seconds):
                raise LabError(f"{what} did not come within {seconds} s")

    def run(self):
        """Until the connection is over."""
        self.socket.settimeout(None)
        with contextlib.suppress(OSError, h2.exceptions.ProtocolError):
            while data := self.socket.recv(65536):
                with self.changed:
                    for event in self.h2.receive_data(data):
                        self._take(event)
                    self.do(lambda _: None)
                    self.changed.notify_all()
        with self.changed:
            self.gone = True
            self.changed.notify_all()

    def _take(self, event):
        if isinstance(event, h2.events.ConnectionTerminated):
            self.goaway = event
            return
        stream = self.streams.get(getattr(event, "stream_id", None))
        if isinstance(event, h2.events.RequestReceived):
            stream = self.streams[event.stream_id] = Stream(self, event.stream_id)
            stream.head = event.headers
            threading.Thread(target=self._start, args=(stream,), daemon=True).start()
        elif stream is None:
            return
        elif isinstance(event, h2.events.ResponseReceived):
            stream.head = event.headers
        elif isinstance(event, h2.events.DataReceived):
            stream.body += event.data
            stream.frames += 1
            if not self.holds and event.flow_controlled_length:
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.TrailersReceived):
            stream.trailers = event.headers
        elif isinstance(event, h2.events.StreamEnded):
            stream.ended = True
        elif isinstance(event, h2.events.StreamReset):
            stream.reset = int(event.error_code)

    def _start(self, stream):
        # What the other side ended meanwhile is no fault of a script.
        with contextlib.suppress(OSError, EOFError, h2.exceptions.ProtocolError, LabError):
            self._started(stream)

    def close(self):
        with contextlib.suppress(OSError):
            self.socket.close()


class Client(Peer):
    """By prior knowledge."""

    def __init__(self, space, host, port, socket=None, holds=False):
        super().__init__(socket or connect(space, host, port), True, holds=holds)
        self.authority = f"{host}:{port}"
        threading.Thread(target=self.run, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self.socket.shutdown(2)
        self.close()

    def start(self, path="/", method="GET", headers=(), end=True, authority=""):
        """A Stream whose head is sent; `authority` None leaves it out."""
        head = [(":method", method), (":scheme", "http"), (":path", path), *headers]
        if authority is not None:
            head.insert(1, (":authority", authority or self.authority))
        with self.changed:
            number = self.h2.get_next_available_stream_id()
            stream = self.streams[number] = Stream(self, number)
            stream.send_head(head, end)
        return stream

    def ask(self, path="/", method="GET", headers=(), body=None, seconds=SECONDS, authority=""):
        """A Stream that is over."""
        stream = self.start(path, method, headers, body is None, authority)
        if body is not None:
            stream.send(body, end=True)
        return stream.wait(seconds)


def answer(stream, status=200, body=b"", headers=(), trailers=None):
    """A whole response."""
    head = [(":status", str(status)), *headers]
    if not body and trailers is None:
        stream.send_head(head, end=True)
        return
    stream.send_head(head)
    if body:
        stream.send(body, end=trailers is None)
    if trailers is not None:
        stream.send_head(trailers, end=True)


class Application(Listener):
    """Answers each stream by `respond(stream)`, which starts when the head is there."""

    def __init__(self, space, respond=None, host=None, port=0):
        self.requests = []
        self.peers = []
        self._respond = respond or (lambda stream: answer(stream.wait(), body=b"hello"))
        super().__init__(space, host or space.ipv4, port, self._serve_streams)

    def _start(self, stream):
        self.requests.append(stream)
        self._respond(stream)

    def _serve_streams(self, connection):
        peer = Peer(connection, False, self._start)
        self.peers.append(peer)
        peer.run()
        connection.close()

# SPDX-License-Identifier: Apache-2.0
"""Packet captures and the TCP streams inside them.

tcpdump writes the classic pcap format; reassembly is ours, by sequence number, so that a string
split over segments, or sent again, is found where the receiver would have read it.
"""

import struct
from dataclasses import dataclass, field

from lab.process import LabError, Process, wait_until

_ETHERNET = 1
_SYN = 0x02


class Capture:
    """Every packet of one interface of a namespace, from construction to stop()."""

    def __init__(self, space, interface):
        self.path = space.lab.path(f"{space.name}-{interface}.pcap")
        log = space.lab.path(f"{space.name}-{interface}-tcpdump.log")
        self._process = Process(f"tcpdump of {interface} in {space.name}", space.command(
            ["tcpdump", "-i", interface, "-w", self.path, "-s", "0", "-B", "65536", "-U",
             "-Z", "root", "--immediate-mode", "tcp"]), log)
        space.lab.processes.append(self._process)
        wait_until(lambda: "listening on" in self._process.log(), 10, "tcpdump's first word")

    def stop(self):
        """Ends the capture; the Streams in it. LabError if the kernel dropped packets."""
        self._process.stop()
        said = self._process.log()
        if "\n0 packets dropped by kernel" not in said:
            raise LabError(f"the capture is not whole: {said.strip()}")
        with open(self.path, "rb") as file:
            return reassemble(read_pcap(file.read()))


@dataclass
class Stream:
    """What one side of one TCP connection sent, in order."""

    source: tuple  # (address, port)
    destination: tuple
    data: bytes = b""
    missing: int = 0  # bytes that were acknowledged by later ones but never seen


@dataclass
class _Segments:
    first: int = None  # sequence number of the first byte
    parts: list = field(default_factory=list)


def read_pcap(content):
    """The frames of a classic little-endian pcap file of Ethernet."""
    if len(content) < 24 or content[:4] not in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1"):
        raise LabError("the capture is not a pcap file")
    if struct.unpack_from("<I", content, 20)[0] != _ETHERNET:
        raise LabError("the capture is not of Ethernet")
    at = 24
    while at + 16 <= len(content):
        captured, original = struct.unpack_from("<II", content, at + 8)
        if captured != original:
            raise LabError(f"a frame of {original} bytes was cut to {captured}")
        yield content[at + 16:at + 16 + captured]
        at += 16 + captured


def _tcp_of(frame):
    """(source IP, destination IP, TCP segment) of a frame, or None."""
    ether_type = frame[12:14]
    if ether_type == b"\x08\x00":
        header = (frame[14] & 0x0F) * 4
        total, = struct.unpack_from(">H", frame, 16)
        if frame[23] != 6:
            return None
        return _ipv4(frame[26:30]), _ipv4(frame[30:34]), frame[14 + header:14 + total]
    if ether_type == b"\x86\xdd":
        length, = struct.unpack_from(">H", frame, 18)
        if frame[20] != 6:
            return None
        return frame[22:38].hex(), frame[38:54].hex(), frame[54:54 + length]
    return None


def _ipv4(raw):
    return ".".join(str(byte) for byte in raw)


def reassemble(frames):
    """Streams of all connections; a 4-tuple used again by a new SYN is a new Stream."""
    done, live = [], {}
    for frame in frames:
        parsed = _tcp_of(frame)
        if parsed is None:
            continue
        source, destination, segment = parsed
        ports = struct.unpack_from(">HH", segment)
        sequence, = struct.unpack_from(">I", segment, 4)
        payload = segment[(segment[12] >> 4) * 4:]
        key = (source, ports[0]), (destination, ports[1])
        if segment[13] & _SYN:
            # The same SYN sent again changes nothing; another one begins another connection.
            if key in live and live[key].first != (sequence + 1) % 2**32:
                done.append(_join(key, live.pop(key)))
            live.setdefault(key, _Segments()).first = (sequence + 1) % 2**32
            sequence = (sequence + 1) % 2**32
        segments = live.setdefault(key, _Segments())
        if payload:
            if segments.first is None:
                segments.first = sequence
            segments.parts.append((sequence, payload))
    return done + [_join(key, segments) for key, segments in live.items()]


def _join(key, segments):
    def offset_of(sequence):
        # Signed, so that what came before `first` (a keep-alive probe) is negative.
        return (sequence - segments.first + 2**31) % 2**32 - 2**31

    stream = Stream(*key)
    joined = bytearray()
    reached = 0
    for offset, payload in sorted((offset_of(sequence), part) for sequence, part in segments.parts):
        end = offset + len(payload)
        if end <= reached:
            continue
        if offset > reached:
            stream.missing += offset - reached
            reached = offset
        joined += payload[reached - offset:]
        reached = end
    stream.data = bytes(joined)
    return stream


def containing(streams, needle):
    return [stream for stream in streams if needle in stream.data]

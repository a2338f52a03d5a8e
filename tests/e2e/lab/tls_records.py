# SPDX-License-Identifier: Apache-2.0
"""Whether a byte stream is TLS 1.3 from its first byte to its last (RFC 8446, section 5)."""

import struct

_CHANGE_CIPHER_SPEC, _ALERT, _HANDSHAKE, _APPLICATION_DATA = 20, 21, 22, 23
_MAX_RECORD = 16384 + 256
_SERVER_HELLO = 2
_SUPPORTED_VERSIONS = 43
_TLS13 = 0x0304


def why_not_tls(data):
    """None if `data` is whole TLS records, the first a handshake; else a sentence.

    The last record may be cut: a capture ends at some instant.
    """
    at = 0
    while at + 5 <= len(data):
        kind, version, length = struct.unpack_from(">BHH", data, at)
        if at == 0 and kind != _HANDSHAKE:
            return f"begins with {data[:16]!r}, which is no TLS handshake"
        if not _CHANGE_CIPHER_SPEC <= kind <= _APPLICATION_DATA or version not in (0x0301, 0x0303):
            return f"has {data[at:at + 16]!r} where a TLS record should begin (byte {at})"
        if length > _MAX_RECORD:
            return f"has a TLS record of {length} bytes (byte {at})"
        at += 5 + length
    return None


def is_tls13_server(data):
    """Whether the stream begins with a ServerHello that chose TLS 1.3."""
    if len(data) < 9 or data[0] != _HANDSHAKE or data[5] != _SERVER_HELLO:
        return False
    record, = struct.unpack_from(">H", data, 3)
    at = 5 + 4 + 2 + 32
    at += 1 + data[at]  # session id
    at += 2 + 1  # cipher suite, compression
    at += 2  # length of extensions
    while at + 4 <= 5 + record:
        extension, length = struct.unpack_from(">HH", data, at)
        if extension == _SUPPORTED_VERSIONS:
            return struct.unpack_from(">H", data, at + 4)[0] == _TLS13
        at += 4 + length
    return False

# SPDX-License-Identifier: Apache-2.0
"""The messages of proto/, read when the tests start: `message("destination.Update", add=...)`."""

import functools
import os
import socket
import struct
import subprocess

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_PROTO = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "proto")
_FOLDER = "io/linkerd/proxy"


@functools.cache
def _pool():
    files = sorted(f"{_FOLDER}/{name}" for name in os.listdir(os.path.join(_PROTO, _FOLDER))
                   if name.endswith(".proto"))
    told = subprocess.run(["protoc", f"-I{_PROTO}", "--include_imports",
                           "--descriptor_set_out=/dev/stdout", *files],
                          capture_output=True, check=True).stdout
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(told).file:
        pool.Add(file)
    return pool


@functools.cache
def kind(name):
    """The class of a message of io.linkerd.proxy."""
    return message_factory.GetMessageClass(
        _pool().FindMessageTypeByName(f"io.linkerd.proxy.{name}"))


def message(name, **fields):
    """Fields of messages may be dicts."""
    return kind(name)(**fields)


def methods(service):
    """{method: (class of its request, class of its answer)} of, say, destination.Destination."""
    described = _pool().FindServiceByName(f"io.linkerd.proxy.{service}")
    return {method.name: (message_factory.GetMessageClass(method.input_type),
                          message_factory.GetMessageClass(method.output_type))
            for method in described.methods}


def framed(sent):
    """A message as gRPC puts it on the wire."""
    body = sent.SerializeToString() if hasattr(sent, "SerializeToString") else sent
    return struct.pack(">BI", 0, len(body)) + body


def unframed(data):
    """The messages that are whole in `data`, as bytes, and how much of it they take."""
    found, at = [], 0
    while len(data) - at >= 5:
        length = struct.unpack_from(">I", data, at + 1)[0]
        if len(data) - at - 5 < length:
            break
        found.append(bytes(data[at + 5:at + 5 + length]))
        at += 5 + length
    return found, at


def ipv4(text):
    return {"ipv4": struct.unpack(">I", socket.inet_aton(text))[0]}


def address(ip, port):
    return {"ip": ipv4(ip), "port": port}


def address_text(tcp):
    """"10.0.0.1:80" of a net.TcpAddress."""
    return f"{socket.inet_ntoa(struct.pack('>I', tcp.ip.ipv4))}:{tcp.port}"


def duration(seconds):
    return {"seconds": int(seconds), "nanos": round((seconds - int(seconds)) * 1e9)}

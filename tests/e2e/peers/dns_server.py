# SPDX-License-Identifier: Apache-2.0
"""A DNS server that knows one name and nothing else.

    dns_server.py ADDRESS PORT NAME IPV4
"""

import socket
import sys


def question(query):
    """(its name, the bytes of the question)."""
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode("ascii"))
        at += 1 + query[at]
    return ".".join(labels), query[12:at + 5]


def main():
    address, port, name, ip = sys.argv[1:]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((address, int(port)))
        print("listening", flush=True)
        while True:
            query, sender = server.recvfrom(4096)
            asked, text = question(query)
            known = asked.lower() == name and text[-4:] == b"\0\1\0\1"
            flags = b"\x81\x80" if asked.lower() == name else b"\x81\x83"
            answer = b"\xc0\x0c\0\1\0\1\0\0\0\x1e\0\4" + socket.inet_aton(ip) if known else b""
            server.sendto(query[:2] + flags + b"\0\1" + bytes([0, known]) + b"\0\0\0\0" + text
                          + answer, sender)


main()

# SPDX-License-Identifier: Apache-2.0
"""Carries bytes between plain connections and TLS 1.3 ones, in which it shows a certificate.

    tls_relay.py PORT ADDRESS PORT SERVER_NAME ANCHORS.pem CERTIFICATE_AND_KEY.pem ISSUER.pem
"""

import contextlib
import socket
import ssl
import sys
import threading


def read_context(anchors, leaf, issuer, path):
    """`path`: where to write the chain, which OpenSSL wants in one file."""
    with open(path, "w", encoding="ascii") as chain:
        for part in (leaf, issuer):
            with open(part, encoding="ascii") as file:
                chain.write(file.read())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(anchors)
    context.load_cert_chain(path, leaf)
    return context


def pump(source, target):
    """Until `source` ends; a reset of one side ends the other as well."""
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for each in (source, target):
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


def carry(plain, context, upstream, name):
    with plain, contextlib.suppress(OSError), socket.create_connection(upstream) as raw:
        for each in (plain, raw):
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with context.wrap_socket(raw, server_hostname=name) as secured:
            back = threading.Thread(target=pump, args=(secured, plain), daemon=True)
            back.start()
            pump(plain, secured)
            back.join()


def main():
    port, address, target, name, anchors, leaf, issuer = sys.argv[1:]
    context = read_context(anchors, leaf, issuer, leaf + ".chain")
    with socket.create_server(("127.0.0.1", int(port))) as listener:
        while True:
            plain, _ = listener.accept()
            threading.Thread(target=carry, daemon=True,
                             args=(plain, context, (address, int(target)), name)).start()


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0
"""Pretends to be a server's proxy: TLS 1.3 with the certificate given, and prints the first bytes
that a client entrusts to it. Sends SETTINGS, as an HTTP/2 server does, and nothing else.

    tls_server.py ADDRESS PORT CERTIFICATE_AND_KEY.pem
"""

import socket
import ssl
import sys


def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(sys.argv[3])
    with socket.create_server((sys.argv[1], int(sys.argv[2]))) as listener:
        while True:
            connection, _ = listener.accept()
            try:
                with context.wrap_socket(connection, server_side=True) as secured:
                    secured.settimeout(2)
                    secured.sendall(b"\0\0\0\x04\0\0\0\0\0")
                    print(f"received {secured.recv(100)!r}", flush=True)
            except OSError as error:  # a refused handshake or a client gone silent
                print(f"ended: {error}", flush=True)


if __name__ == "__main__":
    main()

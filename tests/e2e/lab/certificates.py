# SPDX-License-Identifier: Apache-2.0
"""P-256 certificates by the openssl command, for peers of our proxies and for bad ones."""

import os

from lab.netns import check


def make_authority(directory, name="ca", common_name="seine lab"):
    """Writes NAME.pem and NAME.key."""
    check(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
           "-nodes", "-days", "2", "-subj", f"/CN={common_name}",
           "-addext", "basicConstraints=critical,CA:TRUE",
           "-addext", "keyUsage=critical,keyCertSign,cRLSign",
           "-keyout", f"{directory}/{name}.key", "-out", f"{directory}/{name}.pem"])


def make_request(directory, name, dns):
    """Writes NAME.der, a signing request for the DNS name, with a new key; its path."""
    check(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
           "-nodes", "-subj", f"/CN={dns[:60]}", "-addext", f"subjectAltName=DNS:{dns}",
           "-keyout", f"{directory}/{name}.key", "-outform", "DER",
           "-out", f"{directory}/{name}.der"])
    return f"{directory}/{name}.der"


def make_leaf(directory, name, dns, authority="ca", expired=False):
    """Writes NAME.pem: certificate, then key, signed by the authority for the DNS name."""
    at = f"{directory}/{name}"
    check(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
           "-nodes", "-subj", f"/CN={dns[:60]}", "-addext", f"subjectAltName=DNS:{dns}",
           "-keyout", f"{at}.key", "-out", f"{at}.csr"])
    # openssl x509 counts whole days from now; one that ended yesterday is asked for by -days -1.
    check(["openssl", "x509", "-req", "-in", f"{at}.csr", "-CA", f"{directory}/{authority}.pem",
           "-CAkey", f"{directory}/{authority}.key", "-CAcreateserial",
           "-copy_extensions", "copyall", "-days", "-1" if expired else "1",
           "-out", f"{at}.crt"])
    with open(f"{at}.pem", "w", encoding="ascii") as joined:
        for part in (f"{at}.crt", f"{at}.key"):
            with open(part, encoding="ascii") as file:
                joined.write(file.read())


def make_pair(directory, uid):
    """ca.pem, client.pem and server.pem (DNS client.seine.test, server.seine.test) for `uid`."""
    make_authority(directory)
    for name in ("client", "server"):
        make_leaf(directory, name, f"{name}.seine.test")
        os.chown(f"{directory}/{name}.pem", uid, uid)
        os.chmod(f"{directory}/{name}.pem", 0o600)

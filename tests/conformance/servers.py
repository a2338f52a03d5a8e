# SPDX-License-Identifier: Apache-2.0
"""Servers that know nothing of us, with the application of cases.py in each or behind it."""

import os
import shutil
from dataclasses import dataclass, field

from lab.applications import peer as e2e_peer, start_listener
from lab.process import LabError

from cases import HINTS, MIB, TRAILERS
from programs import build, node, peer, python

_BACKEND, _GRPC_BACKEND = 8100, 8190
_APACHE_MODULES = "/usr/lib/apache2/modules"


@dataclass
class Server:
    """`first`, `second`, `grpc`, `websocket`: its ports for HTTP/1.1, for HTTP/2 by prior
    knowledge, for gRPC, for WebSockets; None where it has none. `lacks`: cases that it cannot
    serve, or not on one of the ports: "second cut"."""

    name: str
    first: int = None
    second: int = None
    grpc: int = None
    websocket: int = None
    lacks: set = field(default_factory=set)
    wants: str = ""  # what is missing where find() is None
    find: object = None

    def ports(self):
        return {port for port in (self.first, self.second, self.grpc, self.websocket) if port}


def _before_node(name):
    return lambda: node() and shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")


# Takes long, and asks our proxies rather than a server: one server is enough.
_IDLE = {"idle"}
_NEITHER = TRAILERS | HINTS

SERVERS = [
    Server("Node", 8001, 8002, 8003, 8001, wants="Node.js", find=node),
    Server("Go", 8011, 8011, 8013, 8011, _IDLE, "Go",
           lambda: build("go", "./server", "go_server")),
    Server("nginx", 8021, 8022, 8022, 8021, _NEITHER | _IDLE, "nginx or Node.js",
           _before_node("nginx")),
    Server("Apache", 8031, 8031, None, 8031, _NEITHER | _IDLE, "Apache or Node.js",
           _before_node("apache2")),
    # By HTTP/2, HAProxy ends what was cut behind it as if it were whole, and net/http takes a 304
    # with a length, which Node behind it gives, for one that was cut.
    Server("HAProxy", 8041, 8041, 8042, 8041, _IDLE | {"second cut_chunked", "second same"},
           "HAProxy or Node.js", _before_node("haproxy")),
    Server("gunicorn", 8051, lacks=_NEITHER, wants="gunicorn", find=python),
    # An application of ASGI cannot vanish.
    Server("uvicorn", 8061, None, None, 8061, _NEITHER | _IDLE | {"vanish"}, "uvicorn", python),
]


def present(ticks, suite):
    """Those that this machine has."""
    found = []
    for server in SERVERS:
        if server.find() is None:
            ticks.missing(f"{suite}: {server.name}", server.wants)
        else:
            found.append(server)
    return found


def seen(lab, server):
    """What the server says of the requests it got, a line for each."""
    with open(lab.path(f"{server.name.lower()}-1.log"), encoding="utf-8", errors="replace") as log:
        # The last is how uvicorn says it. HAProxy tells twice of what it passes on: its lines have
        # a number, others' may be equal.
        lines = [line for line in log if line.startswith("access ") or ' - "' in line]
        return list(dict.fromkeys(lines)) if server.name == "HAProxy" else lines


def start_all(lab, space, servers):
    """Starts them in `space`, and what stands behind them."""
    _write_static(lab)
    if node():
        _start_backends(space)
    for server in servers:
        _start(lab, space, server)


def _start(lab, space, server):
    program = server.find()
    starter = {"Node": _start_node, "Go": _start_go, "nginx": _start_nginx,
               "Apache": _start_apache, "HAProxy": _start_haproxy, "gunicorn": _start_gunicorn,
               "uvicorn": _start_uvicorn}[server.name]
    starter(lab, space, server, program)
    for port in server.ports():
        if not space.is_listening(port):
            raise LabError(f"{server.name} does not listen on {port}")


def _start_backends(space):
    """What nginx, Apache and HAProxy pass on to, at addresses that no proxy sees."""
    start_listener(space, "backend", _BACKEND, [node(), peer("app.js"), "127.0.0.1", _BACKEND])
    start_listener(space, "grpc-backend", _GRPC_BACKEND,
                   [node(), e2e_peer("grpc_server.js"), f"127.0.0.1:{_GRPC_BACKEND}"])


def _write_static(lab):
    """The files that nginx and Apache have, which clients post too."""
    os.makedirs(lab.path("static"), exist_ok=True)
    for name, text in (("one", "a"), ("mib", MIB), ("large", MIB * 8)):
        with open(lab.path("static", name), "w", encoding="ascii") as file:
            file.write(text)


def _start_node(_lab, space, server, program):
    start_listener(space, "node", server.first, [program, peer("app.js"), "::", server.first])
    start_listener(space, "node-grpc", server.grpc,
                   [program, e2e_peer("grpc_server.js"), f"[::]:{server.grpc}"])


def _start_go(_lab, space, server, program):
    start_listener(space, "go", server.first, [program, f":{server.first}"])
    grpc = build("go", "./grpc_server", "go_grpc_server")
    start_listener(space, "go-grpc", server.grpc, [grpc, f":{server.grpc}"])


def _configure(lab, server, name):
    """The path of the configuration, with places and ports written in."""
    with open(peer(name), encoding="ascii") as file:
        text = file.read()
    for word, value in (("BACKEND", _BACKEND), ("GRPC", _GRPC_BACKEND), ("FIRST", server.first),
                        ("SECOND", server.grpc), ("DIRECTORY", lab.directory),
                        ("MODULES", _APACHE_MODULES)):
        text = text.replace(f"@{word}@", str(value))
    with open(lab.path(name), "w", encoding="ascii") as file:
        file.write(text)
    return lab.path(name)


def _start_nginx(lab, space, server, program):
    configuration = _configure(lab, server, "nginx.conf")
    start_listener(space, "nginx", server.second, [program, "-e", "stderr", "-c", configuration])


def _start_apache(lab, space, server, program):
    configuration = _configure(lab, server, "apache.conf")
    start_listener(space, "apache", server.first, [program, "-DFOREGROUND", "-f", configuration])


def _start_haproxy(lab, space, server, program):
    configuration = _configure(lab, server, "haproxy.cfg")
    start_listener(space, "haproxy", server.first, [program, "-db", "-f", configuration])


def _start_gunicorn(_lab, space, server, program):
    start_listener(space, "gunicorn", server.first, [
        program, "-m", "gunicorn", "--chdir", os.path.dirname(peer("app_wsgi.py")),
        "--bind", f"[::]:{server.first}", "--worker-class", "gthread", "--threads", "16",
        "--keep-alive", "60", "--access-logfile", "-", "--access-logformat", "access %(r)s",
        "app_wsgi:application"])


def _start_uvicorn(_lab, space, server, program):
    start_listener(space, "uvicorn", server.first, [
        program, "-m", "uvicorn", "--app-dir", os.path.dirname(peer("app_asgi.py")),
        "--host", "0.0.0.0", "--port", server.first, "--timeout-keep-alive", "60",
        "app_asgi:application"])

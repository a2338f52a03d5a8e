# SPDX-License-Identifier: Apache-2.0
"""The package websockets talks to the application; see websocket_cases.py.

    websocket_websockets.py ws://ADDRESS:PORT CASE...
"""

import sys
import time

from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from judging import MIB, judge

BASE, NAMES = sys.argv[1], sys.argv[2:]
_SECONDS = 15
_IDLE_SECONDS = 12


def dial(path="/ws", **options):
    return connect(BASE + path, proxy=None, open_timeout=_SECONDS, max_size=None, **options)


def echo(socket, message):
    socket.send(message)
    answer = socket.recv(_SECONDS)
    assert answer == message, f"{len(answer)} other bytes"


def await_close(socket, code, reason=None):
    try:
        while True:
            socket.recv(_SECONDS)
    except ConnectionClosed as closed:
        seen = closed.rcvd
    assert (seen and seen.code) == code, f"closed with {seen}, not {code}"
    assert reason is None or seen.reason == reason, f"for {seen.reason}"


def text():
    with dial() as socket:
        echo(socket, "grüße")


def binary():
    with dial() as socket:
        echo(socket, MIB)


def many():
    with dial() as socket:
        for number in range(200):
            echo(socket, f"message {number}")


def fragments():
    with dial() as socket:
        socket.send(iter(["one ", "two ", "three"]))
        answer = socket.recv(_SECONDS)
        assert answer == "one two three", answer


def ping():
    with dial() as socket:
        assert socket.ping("are you there").wait(_SECONDS), "no pong"


def greeting():
    with dial("/greets") as socket:
        answer = socket.recv(_SECONDS)
        assert answer == "welcome", answer


def subprotocol():
    with dial(subprotocols=["other", "echo"]) as socket:
        assert socket.subprotocol == "echo", f"subprotocol {socket.subprotocol}"


def client_close():
    with dial() as socket:
        socket.close(4001, "enough")
        await_close(socket, 4001)


def server_close():
    with dial() as socket:
        socket.send("close 4002")
        await_close(socket, 4002, "as asked")


def vanish():
    with dial() as socket:
        socket.send("vanish")
        await_close(socket, None)


def refused():
    try:
        with dial("/refused"):
            raise AssertionError("it was let in")
    except InvalidStatus as error:
        assert error.response.status_code == 403, f"status {error.response.status_code}"


def idle():
    """Nothing for longer than any timeout of ours on a connection that has begun."""
    with dial(ping_interval=None) as socket:
        echo(socket, "before")
        time.sleep(_IDLE_SECONDS)
        echo(socket, "after")


for name in NAMES:
    judge(name, globals()[name])

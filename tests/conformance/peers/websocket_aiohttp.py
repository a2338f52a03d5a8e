# SPDX-License-Identifier: Apache-2.0
"""aiohttp talks to the application by WebSocket; see websocket_cases.py.

    websocket_aiohttp.py ws://ADDRESS:PORT CASE...
"""

import asyncio
import sys

import aiohttp

from judging import MIB, judge_async

BASE, NAMES = sys.argv[1], sys.argv[2:]
_SECONDS = 15


class Cases:
    def __init__(self, session):
        self._session = session

    def _dial(self, path="/ws", **options):
        return self._session.ws_connect(BASE + path, compress=15, max_msg_size=0, **options)

    async def text(self):
        async with self._dial() as socket:
            await socket.send_str("grüße")
            answer = await socket.receive_str(timeout=_SECONDS)
            assert answer == "grüße", answer

    async def binary(self):
        async with self._dial() as socket:
            await socket.send_bytes(MIB)
            answer = await socket.receive_bytes(timeout=_SECONDS)
            assert answer == MIB, f"{len(answer)} other bytes"

    async def many(self):
        async with self._dial() as socket:
            for number in range(200):
                await socket.send_str(f"message {number}")
                answer = await socket.receive_str(timeout=_SECONDS)
                assert answer == f"message {number}", answer

    async def ping(self):
        async with self._dial(autoping=False) as socket:
            await socket.ping(b"are you there")
            answer = await socket.receive(timeout=_SECONDS)
            assert (answer.type, answer.data) == (aiohttp.WSMsgType.PONG, b"are you there"), answer

    async def greeting(self):
        async with self._dial("/greets") as socket:
            answer = await socket.receive_str(timeout=_SECONDS)
            assert answer == "welcome", answer

    async def subprotocol(self):
        async with self._dial(protocols=["other", "echo"]) as socket:
            assert socket.protocol == "echo", f"subprotocol {socket.protocol}"

    async def client_close(self):
        async with self._dial() as socket:
            await socket.close(code=4001, message=b"enough")
            assert socket.close_code == 4001, f"closed with {socket.close_code}"

    async def server_close(self):
        async with self._dial() as socket:
            await socket.send_str("close 4002")
            answer = await socket.receive(timeout=_SECONDS)
            seen = (answer.type, answer.data, answer.extra)
            assert seen == (aiohttp.WSMsgType.CLOSE, 4002, "as asked"), answer

    async def vanish(self):
        async with self._dial() as socket:
            await socket.send_str("vanish")
            answer = await socket.receive(timeout=_SECONDS)
            assert answer.type != aiohttp.WSMsgType.CLOSE and socket.closed, answer

    async def refused(self):
        try:
            async with self._dial("/refused"):
                raise AssertionError("it was let in")
        except aiohttp.WSServerHandshakeError as error:
            assert error.status == 403, f"status {error.status}"


async def main():
    async with aiohttp.ClientSession() as session:
        cases = Cases(session)
        for name in NAMES:
            await judge_async(name, getattr(cases, name))


asyncio.run(main())

# SPDX-License-Identifier: Apache-2.0
"""aiohttp asks the application; see cases.py.

    client_aiohttp.py http://ADDRESS:PORT CASE...
"""

import asyncio
import sys

import aiohttp

from judging import MIB, expect, judge_async

BASE, NAMES = sys.argv[1], sys.argv[2:]


async def parts():
    for at in range(0, len(MIB), 50000):
        yield MIB[at:at + 50000]


class Cases:
    def __init__(self, session):
        self._session = session

    async def _ask(self, method, path, wanted, **options):
        async with self._session.request(method, path, **options) as answer:
            expect(answer, answer.status, await answer.read(), wanted)
            return answer

    async def one(self):
        await self._ask("GET", "/one", b"a")

    async def mib(self):
        await self._ask("GET", "/mib", MIB)

    async def chunked(self):
        await self._ask("GET", "/chunked", MIB)

    async def post_one(self):
        await self._ask("POST", "/echo", b"a", data=b"a")

    async def post_mib(self):
        await self._ask("POST", "/echo", MIB, data=MIB)

    async def post_chunked(self):
        await self._ask("POST", "/echo", MIB, data=parts())

    async def head(self):
        answer = await self._ask("HEAD", "/mib", b"")
        assert answer.headers["content-length"] == str(len(MIB)), "another length"

    async def nothing(self):
        async with self._session.get("/nothing") as answer:
            body = await answer.read()
            assert (answer.status, body) == (204, b""), f"{answer!r} with a body"

    async def same(self):
        async with self._session.get("/same") as answer:
            body = await answer.read()
            assert (answer.status, body) == (304, b""), f"{answer!r} with a body"

    async def hints(self):
        await self._ask("GET", "/hints", b"a")

    async def _cut(self, path):
        try:
            async with self._session.get(path) as answer:
                body = await answer.read()
        except aiohttp.ClientPayloadError:
            return
        raise AssertionError(f"{len(body)} bytes were taken for all")

    async def cut(self):
        await self._cut("/cut")

    async def cut_chunked(self):
        await self._cut("/cut-chunked")

    async def early(self):
        async with self._session.post("/early", data=MIB * 8) as answer:
            assert answer.status == 413, f"status {answer.status}"

    async def expect_continue(self):
        await self._ask("POST", "/echo", MIB, data=MIB, expect100=True)

    async def client_close(self):
        await self._ask("GET", "/one", b"a", headers={"connection": "close"})
        await self._ask("GET", "/one", b"a")

    async def server_close(self):
        await self._ask("GET", "/close", b"a")
        await self._ask("GET", "/one", b"a")

    async def fifty(self):
        for _ in range(50):
            await self._ask("GET", "/one", b"a")


async def main():
    limit = aiohttp.ClientTimeout(total=20)
    async with aiohttp.ClientSession(BASE, timeout=limit) as session:
        cases = Cases(session)
        for name in NAMES:
            await judge_async(name, getattr(cases, name))


asyncio.run(main())

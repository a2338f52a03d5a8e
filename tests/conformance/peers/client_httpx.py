# SPDX-License-Identifier: Apache-2.0
"""httpx asks the application, by HTTP/1.1 or by HTTP/2 with prior knowledge; see cases.py.

    client_httpx.py 1|2 http://ADDRESS:PORT CASE...
"""

import sys

import httpx

from judging import MIB, expect, judge

VERSION, BASE, NAMES = sys.argv[1], sys.argv[2], sys.argv[3:]


def parts():
    for at in range(0, len(MIB), 50000):
        yield MIB[at:at + 50000]


class Cases:
    def __init__(self, client):
        self._client = client

    def _get(self, path, wanted, **options):
        answer = self._client.get(path, **options)
        expect(answer, answer.status_code, answer.content, wanted)
        return answer

    def _post(self, content, wanted):
        answer = self._client.post("/echo", content=content)
        expect(answer, answer.status_code, answer.content, wanted)

    def one(self):
        self._get("/one", b"a")

    def mib(self):
        self._get("/mib", MIB)

    def chunked(self):
        self._get("/chunked", MIB)

    def post_one(self):
        self._post(b"a", b"a")

    def post_mib(self):
        self._post(MIB, MIB)

    def post_chunked(self):
        self._post(parts(), MIB)

    def head(self):
        answer = self._client.head("/mib")
        expect(answer, answer.status_code, answer.content, b"")
        assert answer.headers["content-length"] == str(len(MIB)), "another length"

    def nothing(self):
        answer = self._client.get("/nothing")
        assert (answer.status_code, answer.content) == (204, b""), f"{answer!r} with a body"

    def same(self):
        answer = self._client.get("/same")
        assert (answer.status_code, answer.content) == (304, b""), f"{answer!r} with a body"

    def hints(self):
        self._get("/hints", b"a")

    def _cut(self, path):
        try:
            answer = self._client.get(path)
        except httpx.RemoteProtocolError:
            return
        raise AssertionError(f"{len(answer.content)} bytes were taken for all")

    def cut(self):
        self._cut("/cut")

    def cut_chunked(self):
        self._cut("/cut-chunked")

    def early(self):
        answer = self._client.post("/early", content=MIB * 8)
        assert answer.status_code == 413, f"status {answer.status_code}"

    def client_close(self):
        self._get("/one", b"a", headers={"connection": "close"})
        self._get("/one", b"a")

    def server_close(self):
        self._get("/close", b"a")
        self._get("/one", b"a")

    def fifty(self):
        for _ in range(50):
            self._get("/one", b"a")


with httpx.Client(base_url=BASE, http1=VERSION == "1", http2=VERSION == "2", timeout=20,
                  trust_env=False) as own:
    cases = Cases(own)
    for name in NAMES:
        judge(name, getattr(cases, name))

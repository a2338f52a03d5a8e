# SPDX-License-Identifier: Apache-2.0
"""WebSockets of clients and servers that people use, each with each, through two proxies."""

from clients import WEBSOCKET_CLIENTS
from pairs import judge_all
from websocket_cases import REQUESTS


def run(binaries, ticks):
    judge_all(binaries, ticks, "websocket", WEBSOCKET_CLIENTS, {}, lambda client: REQUESTS)

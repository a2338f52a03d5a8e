# SPDX-License-Identifier: Apache-2.0
"""Clients and servers that people use, each client with each server, through two proxies."""

from cases import GRPC_REQUESTS, REQUESTS
from clients import CLIENTS
from pairs import judge_all

# Cases that have a process of their own, and the connections that they may take.
_ALONE = {"fifty": 1, "crowd": 10}


def run(binaries, ticks):
    judge_all(binaries, ticks, "peers", CLIENTS, _ALONE,
              lambda client: GRPC_REQUESTS if client.speaks == "grpc" else REQUESTS)

# SPDX-License-Identifier: Apache-2.0
"""What clients do with WebSockets of the application.

    /ws       sends each message back; `close CODE` makes it close with CODE "as asked", `vanish`
              without a word; of subprotocols it takes `echo`
    /greets   the same, and speaks first: `welcome`
    /refused  403
"""

# Each case opens one WebSocket, which counts as one request.
REQUESTS = dict.fromkeys((
    "text", "binary",  # a word, and 1 MiB
    "many",            # 200 messages in turn
    "fragments",       # a message in several frames
    "ping", "greeting", "subprotocol", "client_close", "server_close", "vanish", "refused",
    "idle",            # twelve seconds without a word
), 1)
USUAL = set(REQUESTS) - {"fragments", "idle"}

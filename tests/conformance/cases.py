# SPDX-License-Identifier: Apache-2.0
"""What clients ask of the application that every server of the suite `peers` serves.

    GET /one, /mib, /chunked  one byte, 1 MiB of a..z over and over, the same without a length
    GET /trailers             the same with the trailer `x-end: reached`
    GET /nothing, /same       204; 304 with the length of what it does not send
    GET /close                one byte and the end of the connection
    GET /hints                103 with a link, then one byte
    GET /cut, /cut-chunked    100000 bytes of 1 MiB, with a length or without, and no end
    POST /early               413 before the body has been read, and the end of the connection
    POST /echo                the body comes back; `x-trailer` tells what the trailer x-end was
"""

MIB = "abcdefghijklmnopqrstuvwxyz" * ((1 << 20) // 26 + 1)
MIB = MIB[:1 << 20]

# Case: how many requests it takes.
REQUESTS = {
    "one": 1, "mib": 1, "chunked": 1, "post_one": 1, "post_mib": 1, "post_chunked": 1, "head": 1,
    "nothing": 1, "same": 1, "hints": 1, "cut": 1, "cut_chunked": 1, "early": 1, "trailers": 1,
    "send_trailers": 1, "expect_continue": 1,
    "client_close": 2,  # with `connection: close`, then another
    "server_close": 2,  # GET /close, then another
    "fifty": 50,        # one after the other, on one connection
    "crowd": 500,       # ten connections
}
EVERYONE = {"one", "mib", "chunked", "post_one", "post_mib", "post_chunked", "head", "nothing",
            "same", "hints", "cut", "cut_chunked", "early", "server_close", "fifty"}
TRAILERS = {"trailers", "send_trailers"}
# Of HTTP/1.1 alone.
FIRST = {"client_close", "expect_continue"}
HINTS = {"hints"}
GRPC_REQUESTS = {"unary": 1, "large": 1, "chat": 1, "status": 1, "fifty": 50}

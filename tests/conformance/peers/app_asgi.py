# SPDX-License-Identifier: Apache-2.0
"""The application that clients of the suites `peers` and `websocket` ask, for uvicorn."""

MIB = bytes(97 + index % 26 for index in range(1 << 20))


async def application(scope, receive, send):
    if scope["type"] == "http":
        await serve(scope, receive, send)
    elif scope["type"] == "websocket":
        await talk(scope, receive, send)


async def read(receive):
    body, more = b"", True
    while more:
        event = await receive()
        body += event.get("body", b"")
        more = event.get("more_body", False)
    return body


async def serve(scope, receive, send):
    path = scope["path"]
    status, body, headers = 200, b"a", []
    if path == "/early":
        status, body = 413, b""
        headers.append((b"connection", b"close"))
    elif scope["method"] == "POST":
        body = await read(receive)
    elif path in ("/mib", "/chunked", "/cut", "/cut-chunked"):
        body = MIB
    elif path in ("/nothing", "/same"):
        status, body = 204 if path == "/nothing" else 304, b""
    elif path == "/close":
        headers.append((b"connection", b"close"))
    elif path != "/one":
        status = 404
    if not path.endswith("chunked") and status not in (204, 304):
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    for at in range(0, len(body), 50000):
        await send({"type": "http.response.body", "body": body[at:at + 50000], "more_body": True})
        if path.startswith("/cut") and at == 50000:
            raise RuntimeError("cut, as asked")
    await send({"type": "http.response.body", "body": b""})


async def talk(scope, receive, send):
    await receive()
    if scope["path"] not in ("/ws", "/greets"):
        await send({"type": "websocket.close"})
        return
    chosen = "echo" if "echo" in scope["subprotocols"] else None
    await send({"type": "websocket.accept", "subprotocol": chosen})
    if scope["path"] == "/greets":
        await send({"type": "websocket.send", "text": "welcome"})
    while (event := await receive())["type"] == "websocket.receive":
        text = event.get("text")
        if text and text.startswith("close "):
            await send({"type": "websocket.close", "code": int(text[6:]), "reason": "as asked"})
            return
        kind = {"bytes": event["bytes"]} if text is None else {"text": text}
        await send({"type": "websocket.send", **kind})

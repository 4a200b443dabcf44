"""The least that a handler can do: read the body, check the signature, answer."""

import hmac
import os
from base64 import b64encode

import uvloop
from aiohttp import web

SECRET = os.environ["SECRET"].encode()


async def webhooks(request: web.Request) -> web.Response:
    """Answer 200 where the signature holds."""
    body = await request.read()
    expected = b64encode(hmac.digest(SECRET, body, "sha256")).decode()
    if not hmac.compare_digest(expected, request.headers.get("X-Spiffy-Hmac-Sha256", "")):
        return web.json_response({"error": "bad_signature"}, status=401)
    return web.json_response({"id": "1"})


app = web.Application()
app.router.add_post("/webhooks", webhooks)
web.run_app(
    app,
    host="127.0.0.1",
    port=int(os.environ["PORT"]),
    access_log=None,
    loop=uvloop.new_event_loop(),
)

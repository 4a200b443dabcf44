"""What one writes in an afternoon: the bare handler, and a confirmed publish by aio-pika's robust
connection.
"""

import hmac
import os
from base64 import b64encode
from collections.abc import AsyncIterator
from hashlib import sha256
from time import time

import aio_pika
import uvloop
from aiohttp import web

SECRET = os.environ["SECRET"].encode()
EXCHANGE = web.AppKey("exchange", aio_pika.abc.AbstractExchange)


async def webhooks(request: web.Request) -> web.Response:
    """Answer 200 once the broker has confirmed."""
    body = await request.read()
    expected = b64encode(hmac.digest(SECRET, body, "sha256")).decode()
    if not hmac.compare_digest(expected, request.headers.get("X-Spiffy-Hmac-Sha256", "")):
        return web.json_response({"error": "bad_signature"}, status=401)
    topic, shop = request.headers["X-Spiffy-Topic"], request.headers["X-Spiffy-Shop-Domain"]
    identity = sha256(f"naive\n{topic}\n{shop}\n".encode() + body).hexdigest()
    own = {
        "webhook-id": identity, "webhook-shop": shop, "webhook-received-ms": int(time() * 1000),
        "webhook-secret": "secret", "webhook-attempt": 1,
    }  # fmt: skip
    message = aio_pika.Message(
        body,
        headers=own
        | {
            f"http-{k.lower()}": v
            for k, v in request.headers.items()
            if k.lower().startswith("x-spiffy")
        },
        content_type=request.content_type,
        delivery_mode=2,
        type=topic,
        app_id="naive",
        timestamp=int(time()),
        message_id=os.urandom(16).hex(),
    )
    await request.app[EXCHANGE].publish(message, topic.replace("/", "."), mandatory=True)
    return web.json_response({"id": identity})


async def broker(app: web.Application) -> AsyncIterator[None]:
    """Keep a connection while the application runs."""
    async with await aio_pika.connect_robust(os.environ["URL"]) as connection:
        channel = await connection.channel(on_return_raises=True)
        app[EXCHANGE] = await channel.get_exchange("naive.webhooks")
        yield


app = web.Application()
app.cleanup_ctx.append(broker)
app.router.add_post("/webhooks", webhooks)
web.run_app(
    app,
    host="127.0.0.1",
    port=int(os.environ["PORT"]),
    access_log=None,
    loop=uvloop.new_event_loop(),
)

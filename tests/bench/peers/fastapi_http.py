"""The same by FastAPI and FastStream, on uvicorn with what makes it fast: a confirmed publish for
each webhook.
"""

import hmac
import os
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from time import time

import uvicorn
from fastapi import FastAPI, HTTPException, Request
from faststream.rabbit import Channel, ExchangeType, RabbitBroker, RabbitExchange

SECRET = os.environ["SECRET"].encode()
EXCHANGE = RabbitExchange("fastapi.webhooks", type=ExchangeType.TOPIC, declare=False)
broker = RabbitBroker(
    os.environ["URL"], default_channel=Channel(publisher_confirms=True, on_return_raises=True)
)


@asynccontextmanager
async def connected(_: FastAPI) -> AsyncIterator[None]:
    """Keep a connection while the application runs."""
    async with broker:
        await broker.start()
        yield


app = FastAPI(lifespan=connected)


@app.post("/webhooks")
async def webhooks(request: Request) -> dict[str, str]:
    """Answer 200 once the broker has confirmed."""
    body = await request.body()
    expected = b64encode(hmac.digest(SECRET, body, "sha256")).decode()
    if not hmac.compare_digest(expected, request.headers.get("X-Spiffy-Hmac-Sha256", "")):
        raise HTTPException(401, "bad_signature")
    topic, shop = request.headers["X-Spiffy-Topic"], request.headers["X-Spiffy-Shop-Domain"]
    identity = sha256(f"fastapi\n{topic}\n{shop}\n".encode() + body).hexdigest()
    own = {
        "webhook-id": identity, "webhook-shop": shop, "webhook-received-ms": int(time() * 1000),
        "webhook-secret": "secret", "webhook-attempt": 1,
    }  # fmt: skip
    await broker.publish(
        body,
        exchange=EXCHANGE,
        routing_key=topic.replace("/", "."),
        mandatory=True,
        persist=True,
        headers=own
        | {f"http-{k}": v for k, v in request.headers.items() if k.startswith("x-spiffy")},
        content_type="application/json",
        message_type=topic,
        message_id=os.urandom(16).hex(),
    )
    return {"id": identity}


uvicorn.run(
    app,
    host="127.0.0.1",
    port=int(os.environ["PORT"]),
    loop="uvloop",
    http="httptools",
    access_log=False,
    log_level="warning",
)

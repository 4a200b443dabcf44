"""The kit for tests of the door: signed requests, and the ingress itself with a broker in memory.

async with opened() as door:
    request = signed_request("orders/create", b'{"id": 1}')
    async with session.post(door.url, data=request.body, headers=request.headers) as answer:
        assert answer.status == 200
    assert [webhook.topic for webhook in door.taken] == ["orders/create"]
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from ingress.app import create_app
from ingress.gate import Gate
from ingress.platforms import PLATFORMS
from ingress.registration import App
from ingress.server import Server
from ingress.signing import signed_headers
from runtime.amqp.confirms import Failure, NotPublished
from schemas.webhook import Webhook

APP = "test"
SECRET = "hush"  # noqa: S105 - of tests
SHOP = "test-shop.spiffystores.com"
ADDRESS = "https://hooks.example.com/webhooks/test"
"""Where a platform that signs the address believes that it posts to."""
MAX_BODY = 10_000_000
DRAIN = 5.0
"""Seconds that requests have at the end."""


class SignedRequest(NamedTuple):
    """What a platform posts."""

    headers: dict[str, str]
    body: bytes


class Door:
    """An ingress that listens at `url`; what it took in is in `taken`.

    While `is_broker_away`, nothing can be stored, and requests are answered with 503.
    """

    def __init__(self, url: str = "") -> None:
        self.url = url
        self.taken: list[Webhook] = []
        self.is_broker_away = False

    async def publish(self, webhook: Webhook) -> None:
        """Stand in for the broker: keep what is to be stored, or fail as it would."""
        if self.is_broker_away:
            raise NotPublished(Failure.UNREACHABLE)
        self.taken.append(webhook)


def signed_request(
    topic: str,
    body: bytes,
    *,
    secret: str = SECRET,
    shop: str = SHOP,
    platform: str = "spiffy",
    content_type: str = "application/json",
) -> SignedRequest:
    """Return what the platform would post, signed with the app's secret.

    Of a platform that says topic or shop in the body, the body has to say them; `shop=""` leaves
    the shop to it. Raises ValueError where it says others, and for a platform that is not known.
    """
    app = _app(APP, secret, platform)
    headers = signed_headers(app, topic, shop, body, content_type)
    return SignedRequest({name.title(): value for name, value in headers.items()}, body)


def _app(name: str, secret: str, platform: str) -> App:
    if platform not in PLATFORMS:
        raise ValueError(f"{platform!r:.80} is no platform: there are {', '.join(PLATFORMS)}")
    return App(name=name, secrets=secret, platform=platform, address=ADDRESS)


@asynccontextmanager
async def opened(
    *, app: str = APP, secret: str = SECRET, platform: str = "spiffy", max_body: int = MAX_BODY
) -> AsyncIterator[Door]:
    """Open the ingress of one app at a free port of 127.0.0.1; it is closed at the end.

    All is real but the broker: parsing, limits, signature, answers. `max_body` is in bytes.
    """
    door = Door()
    gate = Gate(max_body=max_body, body_timeout=10, max_in_flight=1_000)
    registered = _app(app, secret, platform)
    server = Server(create_app({app: registered}, door, gate), gate)
    port = await server.listen("127.0.0.1", 0)
    door.url = f"http://127.0.0.1:{port}/webhooks/{app}"
    try:
        yield door
    finally:
        await server.close(DRAIN)  # a test has brought what it brings

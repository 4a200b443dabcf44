"""What is told of a request and of its publish."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from aiohttp import ClientSession

from ingress.entrance import Entrances
from ingress.gate import Gate
from ingress.server import Server
from ingress.traced import create_traced_app
from runtime.amqp.confirms import Failure
from runtime.tracing import Kind
from tests.ingress.door import APPS, BODY, MAX, Door, StandIn
from tests.runtime.told import Told

THEIRS = f"00-{'ab' * 16}-{'cd' * 8}-01"


@dataclass
class Channel:
    """A channel that knows its next message."""

    next_message_id: str = "m1"


class Publisher(StandIn):
    """A stand-in with a channel."""

    confirms: Channel | None = Channel()


@pytest.fixture
def told() -> Told:
    """What was told."""
    return Told()


@pytest.fixture
async def traced_door(told: Told) -> AsyncIterator[Door]:
    """A door whose requests are told of."""
    door = Door(APPS)
    door.broker = Publisher()
    door.gate = Gate(max_body=MAX, body_timeout=0.3, max_in_flight=3)
    door.server = Server(
        create_traced_app(Entrances(APPS), door.broker, door.gate, told), door.gate
    )
    door.port = await door.server.listen("127.0.0.1", 0)
    async with ClientSession() as door.client:
        yield door
    await door.server.drain(5)


async def test_the_message_names_the_publish_as_where_it_comes_from(
    traced_door: Door, told: Told
) -> None:
    await traced_door.post(traceparent=THEIRS)
    request, publish = told.spans
    (webhook,) = traced_door.broker.published
    assert publish.traceparent == webhook.traceparent
    assert (Kind.SERVER, THEIRS) == (request.kind, request.parent)
    assert (Kind.PRODUCER, None) == (publish.kind, publish.parent)
    assert "m1" == publish.attributes["messaging.message.id"]
    assert webhook.id == publish.attributes["hookline.webhook.id"]
    assert BODY == webhook.body


async def test_a_webhook_that_is_not_stored_fails_both_spans(traced_door: Door, told: Told) -> None:
    traced_door.broker.failure = Failure.NACKED
    await traced_door.post()
    request, publish = told.spans
    assert (503, "broker_unavailable") == (
        request.attributes["http.response.status_code"],
        request.failed,
    )
    assert "nacked" == publish.failed


NAMES = [
    ("/webhooks/spiffy", "POST /webhooks/{app}", "bad_signature"),
    ("/webhooks", "POST /webhooks", "unknown_app"),
    ("/webhooks/nobody", "POST", "unknown_app"),
    ("/elsewhere?signature=hush", "POST", "not_found"),
]


@pytest.mark.parametrize(("path", "name", "refusal"), NAMES)
async def test_a_refusal_is_no_error_and_its_span_has_one_of_a_few_names(
    traced_door: Door, told: Told, path: str, name: str, refusal: str
) -> None:
    await traced_door.post(path, X_Spiffy_Hmac_Sha256="A" * 43 + "=")
    (request,) = told.spans
    assert (name, refusal) == (request.name, request.attributes["hookline.refusal"])
    assert "" == request.failed
    assert "hush" not in str(request)


async def test_nothing_is_wrapped_where_nothing_is_traced(told: Told) -> None:
    handler = create_traced_app(Entrances(APPS), Publisher(), Gate(max_body=MAX), None)
    assert "ingress.app" == handler.__module__

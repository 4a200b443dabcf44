"""Messages as they arrive, from the bytes that the library would write."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from pamqp import commands, frame
from pamqp.body import ContentBody
from pamqp.header import ContentHeader

from runtime.amqp import frames
from schemas.properties import ReceivedProperties
from workers.broker.arrivals import ROOM, Arrival, Arrivals, every, none

CHANNEL: Any = SimpleNamespace(number=3)


def written(tag: int, key: str, body: bytes, *, piece: int = 4) -> bytes:
    """Return a delivery as a broker writes it, its body in pieces."""
    properties = commands.Basic.Properties(headers={"webhook-id": f"w{tag}"})
    parts: list[Any] = [
        commands.Basic.Deliver("consumer", tag, exchange="an.exchange", routing_key=key),
        ContentHeader(body_size=len(body), properties=properties),
    ]
    parts += [ContentBody(body[at : at + piece]) for at in range(0, len(body), piece)]
    return b"".join(frame.marshal(part, 3) for part in parts)


def arrived(raw: bytes, *, wanted: str = "") -> tuple[list[Arrival], Arrivals]:
    """Return what arrives, where bodies of the messages with this key are wanted."""
    tap = SimpleNamespace(channels={})
    got: list[Arrival] = []

    def wants(key: str, _: ReceivedProperties) -> bool:
        return key == wanted

    arrivals = Arrivals(cast("Any", tap), CHANNEL, got.append, wants)
    assert {3: arrivals} == tap.channels
    for kind, _, start, end in frames.split(raw):
        assert arrivals.take(kind, raw, start, end)
    arrivals.close()
    assert {} == tap.channels
    return got, arrivals


@pytest.mark.parametrize("body", [b"", b"1", b"1234", b"12345678901"])
def test_a_message_arrives_whole_with_its_routing_key(body: bytes) -> None:
    (one,), _ = arrived(written(7, "orders.create.17", body), wanted="orders.create.17")
    assert (7, "orders.create.17", body) == (one.tag, one.routing_key, one.body)
    assert {"webhook-id": "w7"} == one.properties.headers


def test_a_body_that_nobody_wants_is_let_go() -> None:
    got, _ = arrived(
        written(1, "a", b"123456789") + written(2, "b", b"123") + written(3, "a", b""), wanted="b"
    )
    assert [(1, b""), (2, b"123"), (3, b"")] == [(one.tag, one.body) for one in got]


@pytest.mark.parametrize(
    ("size", "ahead"), [(10, 500), (1024 * 1024, 64), (ROOM, 20), (5 * ROOM, 20)]
)
def test_the_larger_the_bodies_the_fewer_may_come_before_they_are_asked_for(
    size: int, ahead: int
) -> None:
    tap = SimpleNamespace(channels={})
    arrivals = Arrivals(cast("Any", tap), CHANNEL, lambda _: None, every)
    assert 20 == arrivals.ahead(is_first=True)
    raw = frame.marshal(ContentHeader(body_size=size, properties=commands.Basic.Properties()), 3)
    ((kind, _, start, end),) = frames.split(raw)
    arrivals.take(kind, raw, start, end)
    assert ahead == arrivals.ahead(is_first=False)


def test_of_messages_without_bodies_many_may_come() -> None:
    tap = SimpleNamespace(channels={})
    assert 500 == Arrivals(cast("Any", tap), CHANNEL, lambda _: None, none).ahead(is_first=True)


def test_what_is_no_delivery_is_the_librarys() -> None:
    tap = SimpleNamespace(channels={})
    arrivals = Arrivals(cast("Any", tap), CHANNEL, lambda _: None, lambda _, __: True)
    raw = frame.marshal(commands.Basic.ConsumeOk("consumer"), 3)
    ((kind, _, start, end),) = frames.split(raw)
    assert not arrivals.take(kind, raw, start, end)

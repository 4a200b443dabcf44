"""What is fuzzed: for each target what it does with any bytes, what must hold then, and the bytes
to begin with.
"""

import asyncio
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, cast

from aiormq import spec
from pamqp import decode as amqp
from pydantic import ValidationError

from ingress.signature import Encoding, Unverified, sign, verify
from runtime.amqp import frames, lenient
from schemas import headers as webhook_headers
from schemas.body import Undecodable, decode
from schemas.dead_letter import DeadLetter, replayed
from schemas.given_names import MAX_NAME
from schemas.names import WorkQueue
from schemas.payloads import PAYLOADS
from schemas.topic import BadTopic, Topic, TopicPattern
from schemas.webhook import Webhook
from workers import Delivery, consumer
from workers.broker.copies import copy_of
from workers.broker.deciding import Decider, Due
from workers.broker.deliveries import Deliveries, properties_in
from workers.broker.telling import TOLD, Owed
from workers.broker.under_way import UnderWay
from workers.broker.unsettled import Unsettled
from workers.limiter import Limiter
from workers.outcome import Dead, Done

FRAME = 128 * 1024
"""Bytes of the frame that carries a message's properties."""
EXAMPLES = sorted((Path(__file__).parents[2] / "examples/bodies").iterdir())
SECRETS = {"new": b"hush", "old": b"rusty"}
STARTED = 1_700_000_000_000
TOPIC = Topic("orders/create")

lenient.install()


class Target(NamedTuple):
    """Takes any bytes, and raises only where the code is wrong."""

    run: Callable[[bytes], None]
    seeds: list[bytes]


def signature(raw: bytes) -> None:
    """A header, a line feed, a body: nobody but who knows the secret gets past."""
    header, _, body = raw.partition(b"\n")
    text = header.decode(errors="surrogateescape")
    for encoding in Encoding:
        with suppress(Unverified):
            name = verify(body, text, SECRETS, encoding)
            # The last character of Base64 has two bits that say nothing.
            assert sign(body, SECRETS[name], encoding)[:42].lower() == text[:42].lower()


def topic(raw: bytes) -> None:
    """Every topic is a pattern that matches itself, and has a queue whose name AMQP can hold."""
    text = raw.decode(errors="replace")
    with suppress(BadTopic):
        pattern = TopicPattern.parse(text)
        queue = WorkQueue.of("a" * MAX_NAME, "c" * MAX_NAME, pattern)
        assert queue == WorkQueue.parse(queue.name)
        assert len(queue.dead.encode()) <= 255
    with suppress(BadTopic):
        parsed = Topic.parse(text)
        assert TopicPattern.parse(text).matches(parsed)
        assert queue.takes(parsed)


def body_json(raw: bytes) -> None:
    """A body is decoded and fits a model, or is told to be wrong."""
    _body(raw, "application/json")


def body_xml(raw: bytes) -> None:
    """The same of XML."""
    _body(raw, "application/xml")


def _body(raw: bytes, content_type: str) -> None:
    try:
        decoded = decode(raw, content_type)
    except Undecodable:
        return
    for model in set(PAYLOADS.values()):
        with suppress(ValidationError):
            payload = model.model_validate(decoded)
            # Written out, as no model says that what it does not know is an amount.
            written = payload.model_dump_json()
            assert written == model.model_validate_json(written).model_dump_json()


def headers(raw: bytes) -> None:
    """Whatever table the client reads, what is kept of it can be published, and says the same when
    it is read again.
    """
    with suppress(ValueError, struct.error, LookupError):  # no table: what a broker never writes
        _, table = amqp.METHODS["table"](len(raw).to_bytes(4) + raw)
        _read_again(cast("dict[str, Any]", table or {}))


def _read_again(table: dict[str, Any]) -> None:
    kept = webhook_headers.kept(table)
    assert kept == webhook_headers.kept(_marshalled(kept))
    assert _marshalled(replayed(table))
    DeadLetter.read(table, "erp").headers()


def _marshalled(table: dict[str, Any]) -> dict[str, Any]:
    raw = spec.Basic.Properties(headers=table).marshal()
    assert len(raw) < FRAME
    back = spec.Basic.Properties()
    back.unmarshal(int.from_bytes(raw[:2]), raw[2:])
    return cast("dict[str, Any]", back.headers or {})


@consumer("orders/create")
async def taker(delivery: Delivery[bytes]) -> None:
    """Take whatever comes."""
    assert delivery.payload == delivery.webhook.body


QUEUE = WorkQueue.of("spiffy", "taker", TopicPattern.parse(TOPIC))
LOOP = asyncio.new_event_loop()
DECIDER = Decider(QUEUE, taker, asyncio.Lock(), Limiter(taker))
UNSETTLED: Unsettled[Owed] = Unsettled(taker.concurrency, TOLD)


def message(raw: bytes) -> None:
    """Properties' length, properties, body: whatever comes from the broker has an outcome that can
    be settled.
    """
    length = int.from_bytes(raw[:2])
    payload = struct.pack(">HxxQ", spec.Basic.frame_id, 0) + raw[2 : 2 + length]
    frame = struct.pack(">BHI", frames.CONTENT, 1, len(payload)) + payload + b"\xce"
    described = properties_in(frame, 7, len(frame) - 1)
    run = UnderWay(QUEUE, cast("Deliveries", None), 1, described, raw[2 + length :], STARTED)
    outcome = DECIDER.decide(run, UNSETTLED)
    if isinstance(outcome, Due):
        outcome = LOOP.run_until_complete(DECIDER.attempt(outcome))
    copy = copy_of(run, outcome)
    assert (copy is None) == (outcome == Done())
    if copy is not None:
        table = _marshalled(copy.properties.headers or {})
        frames.content(1, copy.properties, "", b"", FRAME)  # raises where they do not fit
        if isinstance(outcome, Dead):
            assert outcome.reason == DeadLetter.read(table, "taker").reason
    _read_again(run.headers)


def _bodies(ending: str) -> list[bytes]:
    return [path.read_bytes() for path in EXAMPLES if path.suffix == ending]


def _message(body: bytes, **more: Any) -> bytes:
    webhook = Webhook(
        "id", "spiffy", TOPIC, "shop", STARTED, "application/json", body, {"x-spiffy-topic": TOPIC}
    )
    sent = webhook.properties()
    properties = spec.Basic.Properties(
        content_type=sent.content_type,
        message_type=sent.type,
        app_id=sent.app_id,
        headers=sent.headers | more,
    )
    raw = properties.marshal()
    return len(raw).to_bytes(2) + raw + body


def _table(table: dict[str, Any]) -> bytes:
    return spec.Basic.Properties(headers=table).marshal()[6:]


DEATHS = {
    "x-death": [{"time": 1, "reason": "expired", "queue": "q", "count": 1, "routing-keys": ["k"]}]
}
LETTER: dict[str, Any] = {
    "webhook-reason": "rejected",
    "webhook-replays": 2,
    "webhook-died-ms": STARTED,
}
TARGETS: dict[str, Target] = {
    "signature": Target(
        signature,
        [
            sign(body, b"hush", encoding).encode() + b"\n" + body
            for body in _bodies(".json")
            for encoding in Encoding
        ],
    ),
    "topic": Target(topic, [b"orders/create", b"customer.tags_added", b"orders/*", b"*/*"]),
    "body_json": Target(body_json, _bodies(".json")),
    "body_xml": Target(body_xml, _bodies(".xml")),
    "headers": Target(
        headers, [_table(LETTER), _table(DEATHS), _table({"a": None, "b": 1.5, "c": [True]})]
    ),
    "message": Target(
        message,
        [
            *map(_message, _bodies(".json")),
            _message(b"{}", **{"webhook-due-ms": STARTED + 9, "webhook-attempt": 3}),
            _message(b"{}", **{"webhook-crashes": 3, "x-delivery-count": 2}),
            _message(b"{}", **DEATHS, **LETTER),
        ],
    ),
}
"""By name, as `python -m tests.fuzz` takes it."""

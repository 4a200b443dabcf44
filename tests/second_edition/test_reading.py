"""What this edition's processes have published is read with every field, by today's readers.

The files were recorded once (`python -m tests.second_edition`) and stay as they are: whoever breaks
these tests breaks a rolling upgrade.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from runtime.amqp import content_header
from runtime.amqp.properties import for_copy
from schemas import control, control_records
from schemas import headers as webhook_headers
from schemas.dead_letter import DeadLetter, Reason, replayed
from schemas.properties import ReceivedProperties
from schemas.topology import VERSION
from schemas.webhook import Webhook
from workers.marks import marks_in

HERE = Path(__file__).parent
MESSAGES = ["webhook", "adopted", "retry", "waiting", "suspect", "dead", "replayed"]
SINCE_THEN = webhook_headers.OF_HELD | {
    webhook_headers.HELD_MARK,
    webhook_headers.AGAIN,
    webhook_headers.DEFERRED,
    webhook_headers.PREVIOUS,
    webhook_headers.FINGERPRINT,
    webhook_headers.FIRST_DIED,
    webhook_headers.REPLAY,
    webhook_headers.REPLAYED,
    webhook_headers.WAITING,
}
"""Headers that have been added since the messages were recorded: all is read without them too."""
OF_A_LATER_VERSION: dict[str, Any] = {"webhook-later": "something", "webhook-how-often": 7}


def told(name: str) -> dict[str, Any]:
    """Return what the client library read in a message when it was recorded."""
    return dict(json.loads((HERE / f"{name}.json").read_text()))


def received(name: str) -> ReceivedProperties:
    """Read the recorded bytes."""
    return content_header.read((HERE / f"{name}.header").read_bytes(), 0)


def webhook(name: str, **more: Any) -> Webhook:
    """Read the recorded webhook, its headers with some of a later version."""
    properties = received(name)
    properties.headers = properties.headers | more
    return Webhook.of(properties, (HERE / f"{name}.body").read_bytes())


@pytest.mark.parametrize("name", MESSAGES)
def test_the_bytes_are_read_as_they_were_then(name: str) -> None:
    was = told(name)
    assert ReceivedProperties(
        content_type=was["content_type"],
        content_encoding=None,
        headers=was["headers"],
        message_id=was["message_id"],
        timestamp=was["timestamp"],
        type=was["type"],
        app_id=was["app_id"],
    ) == received(name)


@pytest.mark.parametrize("name", MESSAGES)
def test_a_webhook_has_every_field_that_it_was_taken_in_with(name: str) -> None:
    was = told(name)
    headers = was["headers"]
    one = webhook(name)
    assert (
        headers["webhook-id"],
        was["app_id"],
        was["type"],
        headers["webhook-shop"],
        headers["webhook-received-ms"],
        was["content_type"],
        headers["webhook-secret"],
        headers.get("traceparent", ""),
    ) == (
        one.id,
        one.app,
        one.topic,
        one.shop,
        one.received_ms,
        one.content_type,
        one.secret,
        one.traceparent,
    )
    assert {f"http-{name}": value for name, value in one.headers.items()} == {
        name: value for name, value in headers.items() if name.startswith("http-")
    }
    assert json.loads(one.body)["do"]


def test_every_header_of_the_contract_is_in_some_message() -> None:
    contract = {
        value
        for name, value in vars(webhook_headers).items()
        if name.isupper() and isinstance(value, str)
    } - {webhook_headers.HTTP}
    assert contract - SINCE_THEN == {
        name
        for message in MESSAGES
        for name in told(message)["headers"]
        if not name.startswith("http-")
    }


def test_a_dead_letter_says_all_that_it_said() -> None:
    headers = received("dead").headers
    letter = DeadLetter.read(headers, "kept")
    assert (Reason.REJECTED, 1, 0, "Reject: unknown SKU") == (
        letter.reason,
        letter.attempt,
        letter.replays,
        letter.error,
    )
    assert (headers["webhook-died-ms"], headers["webhook-worker"]) == (
        letter.died_ms,
        letter.worker,
    )
    assert letter.traceback.endswith("Reject: unknown SKU\n")


PASSING = [
    ("adopted", webhook_headers.ADOPTED, 1),
    ("retry", webhook_headers.ATTEMPT, 2),
    ("waiting", webhook_headers.ATTEMPT, 2),
    ("suspect", webhook_headers.CRASHES, 2),
    ("replayed", webhook_headers.REPLAYS, 1),
]


@pytest.mark.parametrize(("name", "header", "value"), PASSING)
def test_what_a_copy_counts_is_read(name: str, header: str, value: int) -> None:
    assert value == webhook_headers.number(received(name).headers, header)


def test_times_of_waiting_are_read() -> None:
    headers = received("waiting").headers
    first = webhook_headers.number(headers, webhook_headers.FIRST)
    due = webhook_headers.number(headers, webhook_headers.DUE)
    assert 172_800_000 <= due - first < 172_860_000
    assert 2 == marks_in(received("suspect").headers).crashes


@pytest.mark.parametrize("name", MESSAGES)
def test_headers_of_a_later_version_harm_nothing_and_travel_on_with_each_copy(name: str) -> None:
    assert webhook(name) == webhook(name, **OF_A_LATER_VERSION)

    table = received(name).headers | OF_A_LATER_VERSION
    for copied in (webhook_headers.kept(table), replayed(table)):
        kept = for_copy(received(name), copied).headers
        assert OF_A_LATER_VERSION.items() <= kept.items()


def test_a_reason_of_a_later_version_is_a_dead_letter_still() -> None:
    headers = received("dead").headers | {webhook_headers.REASON: "superseded"}
    letter = DeadLetter.read(headers, "kept")
    assert (Reason.CRASHED, "Reject: unknown SKU") == (letter.reason, letter.error)


def test_the_control_log_is_read_and_what_a_later_version_orders_is_passed_over() -> None:
    lines = (HERE / "control.jsonl").read_bytes().splitlines()
    state = control.ControlState()
    for offset, line in enumerate(lines):
        state = control.fold(state, control_records.decode(line), offset)
    assert VERSION == state.topology
    assert {"second.kept.orders.create"} == state.wanted

    later = {
        "v": 1,
        "at": 1,
        "by": "next",
        "what": "paused",
        "queues": ["second.kept.orders.create"],
    }
    after = control.fold(state, later, len(lines))
    assert (state.topology, state.queues) == (after.topology, after.queues)

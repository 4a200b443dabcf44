"""How a letter is read from its headers, and described."""

from typing import Any

from hypothesis import given

from schemas.fingerprint import FORM
from schemas.properties import ReceivedProperties
from tests.schemas.tables import TABLES
from tests.workers.letters import ONE_TOPIC, UNROUTED, letter, properties, unrouted
from workers.letter import Letter, Source
from workers.letter_rows import page, row

DEAD: dict[str, Any] = {
    "webhook_shop": "a shop",
    "webhook_reason": "rejected",
    "webhook_attempt": 3,
    "webhook_error": "Reject: closed",
    "webhook_died_ms": 1_800_000_000_000,
    "webhook_fingerprint": "01234567",
}
ROW = {
    "id": "w1",
    "consumer": "erp",
    "topic": "orders/create",
    "shop": "a shop",
    "reason": "rejected",
    "group": "01234567",
    "attempt": 3,
    "replays": 0,
    "died": "2027-01-15T08:00:00+00:00",
    "error": "Reject: closed",
}


def test_a_row_says_of_a_letter_what_fits_a_line() -> None:
    assert ROW == row(letter(**DEAD))


def test_a_letter_that_does_not_say_when_it_died_has_no_time() -> None:
    assert "" == row(letter())["died"]


def test_a_page_adds_the_body_the_traceback_and_every_other_header() -> None:
    described = properties(webhook_traceback="line 1", of_a_stranger="x")
    dead = Letter.of(Source.dead(ONE_TOPIC), described)
    assert row(dead) | {
        "queue": ONE_TOPIC.dead,
        "content_type": "application/json",
        "traceback": "line 1",
        "headers": {"webhook-id": "w1", "of-a-stranger": "x"},
        "body": '{"id": 1}',
    } == page(dead, described, b'{"id": 1}')


def test_unrouted_webhooks_are_of_one_group_a_topic() -> None:
    orders = unrouted("orders/create")
    assert "unrouted" == orders.reason
    assert orders.group == unrouted("orders/create", webhook_id="w2").group
    assert orders.group != unrouted("carts/create").group


@given(TABLES)
def test_any_headers_are_read_as_a_letter(headers: dict[str, Any]) -> None:
    for source in (Source.dead(ONE_TOPIC), UNROUTED):
        found = Letter.of(source, ReceivedProperties(headers=headers))
        assert FORM.fullmatch(found.group)
        assert str(row(found))

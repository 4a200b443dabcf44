"""One letter as a page: what is masked, what is hidden, and which commands do the same."""

from typing import Any

import pytest

from schemas.properties import ReceivedProperties
from tests.workers.console.conftest import served_with
from tests.workers.letters import letter, properties, unrouted, waiting
from workers.console.letter_page import commands, described
from workers.console.masking import MASK
from workers.letter import Letter

BODY = b'{"id": 7, "email": "j@example.com"}'
HEADERS: dict[str, Any] = {
    "webhook_traceback": "Traceback",
    "http_x_spiffy_hmac_sha256": "c2VjcmV0",
    "http_x_spiffy_topic": "orders/create",
}


def page(bodies: str, body: bytes = BODY, *, with_body: bool = True) -> Any:
    """Return what the page of a letter is told."""
    site = served_with(bodies=bodies)._site
    found: tuple[Letter, ReceivedProperties, bytes] = (
        letter(**HEADERS),
        properties(**HEADERS),
        body,
    )
    return described(site, found, with_body=with_body)


def test_what_proves_a_webhook_is_masked_and_the_traceback_is_no_header() -> None:
    shown = dict(page("hidden", with_body=False)["headers"])
    assert MASK == shown["http-x-spiffy-hmac-sha256"]
    assert "orders/create" == shown["http-x-spiffy-topic"]
    assert "webhook-traceback" not in shown


@pytest.mark.parametrize(("bodies", "shown"), [("masked", MASK), ("whole", "j@example.com")])
def test_a_body_is_a_tree_masked_unless_all_of_it_may_be_seen(bodies: str, shown: str) -> None:
    tree = page(bodies)["body"]["tree"]
    assert {"id": "7", "email": shown} == {leaf.key: leaf.text for leaf in tree.children}


@pytest.mark.parametrize(("bodies", "raw"), [("masked", ""), ("whole", "no JSON")])
def test_a_body_that_nobody_can_read_is_shown_only_where_nothing_is_masked(
    bodies: str, raw: str
) -> None:
    body = page(bodies, b"no JSON")["body"]
    assert raw == body["raw"]
    assert body["problem"]


def test_a_page_without_its_body_has_none() -> None:
    assert None is page("whole", with_body=False)["body"]


@pytest.mark.parametrize(
    ("one", "first"),
    [
        (letter(), "hookline-workers dead-letters show --consumer erp --id w1"),
        (unrouted(), "hookline-workers dead-letters show --unrouted --id w1"),
        (waiting(), "hookline-workers waiting list --consumer mail --id w1"),
    ],
)
def test_each_letter_tells_the_command_that_shows_the_same(one: Letter, first: str) -> None:
    assert first == commands(one)[0]

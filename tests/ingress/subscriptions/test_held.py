"""Reading what a platform holds from its answers."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingress.subscriptions.held import Held, Unreadable, read_all, read_count, read_one

ENTRY = {
    "id": 4759306,
    "address": "https://somewhere-else.com/",
    "topic": "orders/create",
    "created_at": "2017-03-20T16:02:17-04:00",
    "updated_at": "2017-03-20T16:04:29-04:00",
    "format": "json",
}
"""As Spiffy Stores' knowledge base shows it."""
HELD = Held("4759306", "orders/create", "https://somewhere-else.com/", "json", 1_490_040_137_000)


def test_what_the_knowledge_base_shows_is_read() -> None:
    assert HELD == read_one({"webhook": ENTRY})
    assert [HELD] == read_all({"webhooks": [ENTRY]})
    assert [] == read_all({"webhooks": []})
    assert 25 == read_count({"count": 25})


@pytest.mark.parametrize("created", [None, "", "yesterday", 5, "9999-99-99", []])
def test_a_time_that_cannot_be_read_is_none(created: Any) -> None:
    assert read_one({"webhook": {**ENTRY, "created_at": created}}).created_ms is None


@pytest.mark.parametrize(
    "changed",
    [
        {"id": None},
        {"id": "../orders/1"},
        {"id": ""},
        {"topic": None},
        {"address": 5},
        {"format": []},
    ],
)
def test_an_entry_that_is_none_is_not_read(changed: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        read_one({"webhook": {**ENTRY, **changed}})
    with pytest.raises(Unreadable):
        read_all({"webhooks": [ENTRY, {**ENTRY, **changed}]})


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["webhooks", "id"]), inner),
)


@given(anything | st.fixed_dictionaries({"webhooks": anything, "webhook": anything}))
def test_whatever_is_answered_is_read_or_said_to_be_unreadable(document: Any) -> None:
    for read in (read_all, read_one, read_count):
        with suppress(Unreadable):
            read(document)

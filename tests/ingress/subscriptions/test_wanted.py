"""Which topics are wanted."""

import re
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingress.subscriptions.wanted import Unwanted, topics_of, wanted_topics

A, B, C = "orders/create", "orders/paid", "carts/update"
LISTED = frozenset({A, B, C})


@pytest.mark.parametrize(
    ("listed", "taken", "chosen", "wanted"),
    [
        (LISTED, None, [], {A, B, C}),
        (LISTED, None, [A], {A}),
        (None, None, [A, B], {A, B}),
        (None, frozenset({A}), [], {A}),
        (LISTED, frozenset({A}), [], {A}),
        (LISTED, frozenset({A, "orders/*"}), [], {A, B}),
        (LISTED, frozenset({"*/*"}), [C], {C}),
    ],
)
def test_topics_come_from_where_they_are_written(
    listed: frozenset[str] | None,
    taken: frozenset[str] | None,
    chosen: list[str],
    wanted: set[str],
) -> None:
    assert wanted == wanted_topics(listed, taken, chosen)


@pytest.mark.parametrize(
    ("listed", "taken", "chosen", "told"),
    [
        (None, None, [], "which topics? HOOKLINE_TOPICS, --consumers MODULE or --topic T"),
        (None, frozenset({"orders/*"}), [], "a consumer takes orders/*, and no platform"),
        (frozenset({A}), frozenset({B}), [], "a consumer takes orders/paid, which is not in"),
        (frozenset({A}), None, [B], "--topic orders/paid: not among those that are wanted: ord"),
        (None, None, ["orders"], "--topic 'orders': a topic is two lower-case words"),
    ],
)
def test_what_contradicts_itself_is_told(
    listed: frozenset[str] | None, taken: frozenset[str] | None, chosen: list[str], told: str
) -> None:
    with pytest.raises(Unwanted, match=f"^{re.escape(told)}"):
        wanted_topics(listed, taken, chosen)


def channel(name: Any) -> dict[str, Any]:
    """Return a channel of a document, as `docs` writes it."""
    return {"messages": {"webhook": {"name": name}}}


def test_topics_are_read_from_what_docs_writes() -> None:
    document = {"channels": {"a": channel(A), "b": channel("orders/*"), "again": channel(A)}}
    assert {A, "orders/*"} == topics_of(document)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from(["channels", "messages", "name"]), inner)
        ),
    )
)
def test_whatever_a_document_holds_topics_are_found_in_it_or_none(document: Any) -> None:
    with suppress(Unwanted):
        assert topics_of(document)

"""The filter box: what stands in it is a filter, or it is said what is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.console.filter_box import LONGEST, read_box, write_box
from workers.dead_letters import Filter

NOW = 1_764_000_000_000


@pytest.mark.parametrize(
    ("text", "filter_"),
    [
        ("", Filter()),
        ("consumer:erp reason:exhausted", Filter(consumer="erp", reason="exhausted")),
        ('error:"timed out" since:2h', Filter(error="timed out", since_ms=NOW - 7_200_000)),
        ("topic:orders/* shop:johns.example", Filter(topic="orders/*", shop="johns.example")),
        ("group:1f2e3d4c id:w-1", Filter(group="1f2e3d4c", id="w-1")),
        ("timed out", Filter(error="timed out")),
        ('consumer:erp "timed out', Filter(consumer="erp", error="timed out")),
        ("until:2025-11-24T16:00", Filter(until_ms=NOW)),
    ],
)
def test_terms_are_a_filter(text: str, filter_: Filter) -> None:
    boxed = read_box(text, NOW)
    assert ("", filter_) == (boxed.problem, boxed.filter)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("colour:red", "colour: is nothing to filter by; there are consumer, topic"),
        ("reason:bored", "reason 'bored': there are rejected"),
        ("since:yesterday", "'yesterday' is no time"),
        ("group:x", "group 'x': a group is 8 hexadecimal digits"),
        ("consumer:a consumer:b", "consumer: stands there twice"),
        ("error:a b", "b: say what it is, such as shop:b"),
        ('error:""', "error is empty"),
        ("since:1h until:2h", "since is not before until"),
        (f"consumer:{'x' * LONGEST} reason:expired", "1000 characters at most"),
        ("error:a\u200bb", "there is something in it that nobody sees"),
    ],
)
def test_what_cannot_be_meant_is_told_and_means_everything(text: str, told: str) -> None:
    boxed = read_box(text, NOW)
    assert boxed.problem.startswith(told)
    assert Filter() == boxed.filter


@given(st.text(max_size=60))
def test_whatever_is_typed_is_read_or_told(text: str) -> None:
    read_box(text, NOW)


SEEN = st.characters(codec="utf-8", exclude_characters='"', exclude_categories=["C", "Zl", "Zp"])
PLAIN = st.text(SEEN, min_size=1, max_size=20)


@given(PLAIN, PLAIN)
def test_what_a_page_writes_into_a_box_is_read_as_that(consumer: str, error: str) -> None:
    boxed = read_box(write_box(consumer=consumer, error=error), NOW)
    if consumer.strip() and error.strip():
        assert (consumer, error) == (boxed.filter.consumer, boxed.filter.error)

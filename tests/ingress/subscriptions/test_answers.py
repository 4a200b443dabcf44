"""What is told of a call that a platform did not do."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingress.subscriptions.answers import is_passing, is_taken, said_by, told
from schemas.printable import printable

TAKEN = {"errors": {"address": ["for this topic has already been taken"]}}
INVALID = {"errors": {"topic": ["Invalid topic specified. Topics allowed: app/uninstalled"]}}


@pytest.mark.parametrize(
    ("status", "document", "line"),
    [
        (422, TAKEN, "refused (422): address for this topic has already been taken"),
        (422, INVALID, "refused (422): topic Invalid topic specified. Topics allowed: app/uninst"),
        (422, {"errors": {"base": ["no"]}}, "refused (422): no"),
        (422, {"errors": ["one", "two"]}, "refused (422): one; two"),
        (401, {"errors": "[API] Invalid API key"}, "the credential is not taken (401): [API] Inv"),
        (402, {"error": "Unavailable Shop"}, "the shop is closed until it has paid (402): Unava"),
        (403, {}, "the credential may not do this (403)"),
        (404, None, "there is no such shop or subscription (404)"),
        (301, None, "leads elsewhere (301); is it the shop's own name"),
        (500, {"errors": ""}, "answered 500"),
        (422, {"errors": "\x1b[2J"}, "refused (422): \\x1b[2J"),
    ],
)
def test_a_refusal_is_told_by_its_meaning_and_the_platforms_own_words(
    status: int, document: Any, line: str
) -> None:
    assert told(status, document).startswith(line)


def test_what_is_said_too_deep_is_not_looked_for() -> None:
    assert "answered 418: b here" == told(418, {"errors": {"a": {"b": "here"}}})
    assert "answered 418" == told(418, {"errors": {"a": {"b": {"c": "too deep"}}}})


@pytest.mark.parametrize("words", [TAKEN, {"errors": {"topic": ["has already been taken"]}},
                                   {"errors": {"base": ["Topic already taken"]}}])  # fmt: skip
def test_a_topic_that_is_taken_is_told_apart(words: Any) -> None:
    assert is_taken(told(422, words))
    assert not is_taken(told(422, INVALID))


def test_what_may_pass_is_tried_again_and_what_will_not_is_not() -> None:
    assert [408, 425, 429, 500, 502, 503, 504] == [
        status for status in (200, 301, 400, 401, 402, 403, 404, 408, 422, 423, 425, 429, 500,
                              502, 503, 504) if is_passing(status)
    ]  # fmt: skip


anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.fixed_dictionaries({"errors": anything}) | anything)
def test_whatever_a_platform_says_is_bounded_and_on_one_line(document: Any) -> None:
    said = said_by(document)
    assert len(said.encode()) <= 300
    assert said == printable(said)

"""Bodies as trees: masked, bounded, whatever they are."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.console.body_tree import MOST_SHOWN, MOST_TEXT, Node, NotReadable, body_tree
from workers.console.masking import MASK, MASKED, Masking
from workers.console.shown_size import shown_size

MASKING = Masking(MASKED)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=30,
)


def tree(value: object, masking: Masking = MASKING) -> Node:
    """Return the tree of a value that came as JSON."""
    return body_tree(json.dumps(value).encode(), "application/json", masking)


def leaves(node: Node) -> Iterator[Node]:
    """Yield what stands in a tree."""
    if node.kind not in ("object", "list"):
        yield node
    for child in node.children:
        yield from leaves(child)


def test_what_stands_under_a_masked_key_is_masked_with_all_within() -> None:
    seen = tree({"id": 7, "billing_address": {"street": "x", "geo": [1, None]}, "paid": True})
    shown = {leaf.key: leaf.text for leaf in leaves(seen)}
    assert {"id": "7", "street": MASK, "0": MASK, "1": "null", "paid": "true"} == shown


@pytest.mark.parametrize(
    ("key", "hides"),
    [
        ("email", True), ("e-mail", True), ("contactEmail", True), ("billing_address", True),
        ("first_name", True), ("lastName", True), ("access_token", True), ("ip", True),
        ("browser_ip", True), ("phone", True), ("zip", True),
        ("shipping", False), ("total_price", False), ("sku", False), ("description", False),
    ],
)  # fmt: skip
def test_keys_are_masked_by_the_words_in_them(key: str, hides: bool) -> None:
    assert hides is MASKING.hides(key)


def test_an_address_within_a_text_is_masked_too() -> None:
    (leaf,) = leaves(tree({"note": "write to jane.doe@example.com today"}))
    assert f"write to {MASK} today" == leaf.text


def test_without_words_nothing_is_masked() -> None:
    (leaf,) = leaves(tree({"email": "jane.doe@example.com"}, Masking(())))
    assert "jane.doe@example.com" == leaf.text


def test_xml_is_a_tree_as_well() -> None:
    body = b"<order><id type='integer'>7</id><email>j@example.com</email></order>"
    seen = body_tree(body, "application/xml", MASKING)
    assert {"id": "7", "email": MASK} == {leaf.key: leaf.text for leaf in leaves(seen)}


@pytest.mark.parametrize(
    ("body", "kind"), [(b"{", "application/json"), (b"a=b", "text/plain"), (b"\xff", "text/xml")]
)
def test_what_is_neither_cannot_be_masked_and_is_no_tree(body: bytes, kind: str) -> None:
    with pytest.raises(NotReadable):
        body_tree(body, kind, MASKING)


def test_a_large_body_is_a_tree_of_a_bounded_size_that_says_what_is_left_out() -> None:
    seen = tree({"lines": list(range(10_000)), "word": "x" * 1_000_000})
    (lines,) = seen.children
    assert 0 < len(lines.children)
    assert 10_000 == len(lines.children) + lines.left_out
    assert 2 == len(seen.children) + seen.left_out
    (word,) = leaves(tree({"word": "x" * 1_000_000}))
    assert MOST_TEXT >= len(word.text)


def shown_in(node: Node) -> int:
    """Return the bytes of a tree's texts on a page."""
    within = [shown_in(child) for child in node.children]
    return shown_size(node.key) + shown_size(node.text) + sum(within)


@pytest.mark.parametrize(
    "value",
    [
        {f"{number}" + "'" * 3_000: "<" * 3_000 for number in range(3_000)},
        [["\x1b" * 900] * 9] * 900,
        {"many": [{"k": number} for number in range(5_000)]},
    ],
    ids=["long keys", "escapes", "many"],
)
def test_whatever_is_in_a_body_its_tree_takes_no_more_of_a_page_than_it_may(value: object) -> None:
    assert MOST_SHOWN + 2 * MOST_TEXT >= shown_in(tree(value))


def test_an_address_that_is_a_key_is_masked_too() -> None:
    (leaf,) = leaves(tree({"jane.doe@example.com": 7}))
    assert (MASK, "7") == (leaf.key, leaf.text)


@given(JSON_VALUES)
def test_any_body_is_a_tree_and_no_text_of_it_is_longer_than_is_shown(value: object) -> None:
    for leaf in leaves(tree({"any": value})):
        assert MOST_TEXT >= len(leaf.text.encode())

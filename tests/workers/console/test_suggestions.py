"""What the filter box suggests: what there is, most of it first, written as the box reads it."""

import re
from typing import Any, cast

import pytest
from markupsafe import escape

from tests.workers.console.conftest import Visitor
from tests.workers.letters import ONE_TOPIC, PATTERN, letter, unrouted, waiting
from tests.workers.test_status_text import TABLE
from workers.console.filter_box import KEYS, read_box
from workers.console.journal_box import read_journal_box
from workers.console.scan import Scan
from workers.console.suggestions import EXAMPLES, UNASKED, journal_suggestions, suggestions
from workers.groups import grouped
from workers.letter import Letter
from workers.operate.letters import sources

LETTERS = (
    letter(ONE_TOPIC, webhook_shop="a.example", webhook_error="KeyError: 'tax'"),
    letter(PATTERN, webhook_shop="b.example", webhook_error="Time out: no answer"),
    letter(PATTERN, webhook_shop="b.example", webhook_error="Time out: at all"),
)


@pytest.mark.parametrize("kind", EXAMPLES)
def test_the_example_of_a_kind_asks_for_what_its_letters_are_told_apart_by(kind: str) -> None:
    read = read_box(EXAMPLES[kind], 0)
    assert "" == read.problem
    keys = set(re.findall("([a-z]+):", EXAMPLES[kind]))
    assert set() == keys & set(UNASKED.get(kind, ()))


async def test_an_empty_box_shows_the_example_of_its_page(visitor: Visitor) -> None:
    await visitor.log_in("jane")
    pages = {"dead": "/dead-letters", "waiting": "/waiting", "unrouted": "/unrouted"}
    for kind, path in pages.items():
        _, text = await visitor.page(path)
        assert f'placeholder="{escape(EXAMPLES[kind])}"' in text


def test_values_come_with_the_most_frequent_first() -> None:
    found = suggestions(Scan(letters=LETTERS, groups=grouped(LETTERS)), "dead")
    assert KEYS == tuple(found)
    assert ["mail", "erp"] == found["consumer"]
    assert ["b.example", "a.example"] == found["shop"]
    assert {'"Time out"', "KeyError"} == set(found["error"])
    assert [] == list(found["id"])


@pytest.mark.parametrize(
    ("kind", "letters"),
    [
        ("dead", LETTERS),
        ("waiting", (waiting(webhook_error="Time out"), waiting(webhook_shop="b.example"))),
        ("unrouted", (unrouted(webhook_consumer="erp", webhook_shop="b.example"),)),
    ],
)
async def test_each_suggestion_is_one_that_the_box_understands_and_something_can_be_done_by(
    kind: str, letters: tuple[Letter, ...]
) -> None:
    found = suggestions(Scan(letters=letters, groups=grouped(letters)), kind)
    suggested = [f"{key}:{value}" for key, values in found.items() for value in values]
    assert "shop:b.example" in suggested
    for text in suggested:
        boxed = read_box(text, 1_764_000_000_000)
        assert "" == boxed.problem, text
        if kind == "unrouted":
            assert await sources(cast("Any", None), "app", boxed.filter, unrouted=True)


def test_the_journals_box_is_told_what_can_be_sought_there() -> None:
    found = journal_suggestions(TABLE, [Scan(letters=LETTERS), Scan(letters=LETTERS[:1])])
    assert ["topic", "shop", "id", "since", "until"] == list(found)
    assert ["carts/update", "orders/*", "orders/create"] == found["topic"]
    assert {"a.example", "b.example"} == set(found["shop"])
    for key, values in found.items():
        for value in values:
            box = read_journal_box(f"{key}:{value}", 1_764_000_000_000)
            assert "" == box.problem
            assert not box.sought.is_empty


async def test_the_journals_box_asks_for_them(visitor: Visitor) -> None:
    await visitor.log_in("jane")
    _, text = await visitor.page("/journal")
    (address,) = re.findall(r'data-suggest="([^"]*)"', text)
    async with visitor.get(address) as got:
        found = await got.json()
    assert ["carts/update", "orders/*", "orders/create"] == found["topic"]

    visitor.served.watch.seen = None
    async with visitor.get(address) as got:
        assert [] == (await got.json())["topic"]

"""The journal's filter box: what it asks for, and what it cannot."""

import pytest

from workers.console.journal_box import read_journal_box
from workers.sought import Sought

NOW = 1_764_000_000_000


@pytest.mark.parametrize(
    ("text", "sought"),
    [
        ("", Sought(after=7)),
        ("topic:orders/* since:1h", Sought(topic="orders/*", since_ms=NOW - 3_600_000, after=7)),
        ("shop:a.example id:w1", Sought(shop="a.example", id="w1", after=7)),
    ],
)
def test_terms_are_what_is_sought(text: str, sought: Sought) -> None:
    box = read_journal_box(text, NOW, after=7)
    assert ("", sought) == (box.problem, box.sought)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("consumer:erp", "consumer: the journal is asked by topic, shop, id, since and until"),
        ("no address", "error: the journal is asked by"),
        ("topic:orders", "topic "),
        ("colour:red", "colour: is nothing to filter by"),
    ],
)
def test_what_the_journal_does_not_know_is_told(text: str, told: str) -> None:
    box = read_journal_box(text, NOW)
    assert box.problem.startswith(told)
    assert Sought() == box.sought

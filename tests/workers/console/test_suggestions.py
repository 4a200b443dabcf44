"""What the filter box suggests: what there is, most of it first, written as the box reads it."""

from tests.workers.letters import ONE_TOPIC, PATTERN, letter
from workers.console.filter_box import KEYS, read_box
from workers.console.scan import Scan
from workers.console.suggestions import suggestions
from workers.groups import grouped

LETTERS = (
    letter(ONE_TOPIC, webhook_shop="a.example", webhook_error="KeyError: 'tax'"),
    letter(PATTERN, webhook_shop="b.example", webhook_error="Time out: no answer"),
    letter(PATTERN, webhook_shop="b.example", webhook_error="Time out: at all"),
)


def test_values_come_with_the_most_frequent_first() -> None:
    found = suggestions(Scan(letters=LETTERS, groups=grouped(LETTERS)))
    assert KEYS == tuple(found)
    assert ["mail", "erp"] == found["consumer"]
    assert ["b.example", "a.example"] == found["shop"]
    assert {'"Time out"', "KeyError"} == set(found["error"])
    assert [] == list(found["id"])


def test_each_suggestion_is_one_that_the_box_understands() -> None:
    found = suggestions(Scan(letters=LETTERS, groups=grouped(LETTERS)))
    wrong = [
        f"{key}:{value}"
        for key, values in found.items()
        for value in values
        if read_box(f"{key}:{value}", 1_764_000_000_000).problem
    ]
    assert [] == wrong

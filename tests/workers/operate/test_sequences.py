"""Sequences in which something died: which come first, and what waits behind them."""

from dataclasses import replace
from typing import Any

from schemas.held_lines import HeldLine
from schemas.names import WorkQueue
from tests.workers.letters import ONE_TOPIC, letter
from workers.letter import Letter
from workers.operate.sequences import Halted, Key, Sequence, fold, in_order

PARTITION = WorkQueue("app", "erp", "orders.create", 3)


def dead(shop: str, webhook: str, first: int, died: int = 0) -> Letter:
    """Return a dead letter of a shop; it died first, and last, at these times."""
    told: dict[str, Any] = {"webhook_shop": shop, "webhook_died_ms": died or first}
    told |= {"webhook_id": webhook, "webhook_first_died_ms": first}
    return letter(ONE_TOPIC, **told)


def head(shop: str, webhook: str, behind: int, halted: int = 1) -> Letter:
    """Return what a worker tells of the first that it holds of a shop."""
    line = HeldLine(PARTITION.name, shop, webhook, "orders/create", "", 1, 5, 0, behind, halted)
    return Letter.held(PARTITION, line)


NOW = Halted([head("a", "a1", 2), head("c", "c1", 9, halted=0), head("d", "d1", 7)])


def test_a_shop_is_told_once_by_what_died_first_and_those_that_wait_come_first() -> None:
    folded: dict[Key, Sequence] = {}
    letters = [dead("b", "b2", 20), dead("b", "b1", 10, 90), dead("a", "a1", 30)]
    letters += [dead("c", "c0", 40), dead("d", "d1", 50)]
    for one in letters:
        fold(folded, one)
    rows = [one.row for one in in_order(folded, NOW)]
    assert [
        ("d", "halted", 7, 1, "d1"),
        ("a", "halted", 2, 1, "a1"),
        ("b", "goes on", 0, 2, "b1"),
        ("c", "goes on", 0, 1, "c0"),
    ] == [tuple(row[name] for name in ("shop", "state", "behind", "dead", "id")) for row in rows]


def test_of_a_shops_letters_the_one_that_halts_it_says_how_many_wait() -> None:
    first = dead("a", "a1", 30)
    assert replace(first, behind=2, is_halted=True) == NOW.told(first)
    another = dead("a", "a0", 10)
    assert another == NOW.told(another)

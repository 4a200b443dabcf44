from pathlib import Path

import pytest

from tests.faults.ledger import OK, Answer, Ledger


@pytest.mark.parametrize(
    ("written", "overtaken"),
    [
        ("a b c", []),
        ("b a c", ["a"]),
        ("a b a c", []),  # once more after its first effect
        ("c a b", []),  # of another shop
        ("b c", []),  # the first is not handled at all: it is missing, not overtaken
    ],
)
def test_a_webhook_is_overtaken_where_a_later_one_of_its_shop_took_effect_before_it(
    tmp_path: Path, written: str, overtaken: list[str]
) -> None:
    book = tmp_path / "handled-inorder"
    book.write_text("".join(f"{identity} 1 7 0.0\n" for identity in written.split()))
    ledger = Ledger(tmp_path / "handled", (book,))
    ledger.answers = [
        Answer("a", OK, 1.0, 0.5, "one"),
        Answer("b", OK, 2.0, 0.5, "one"),
        Answer("c", OK, 3.0, 0.5, "two"),
    ]

    assert overtaken == ledger.overtaken(0)


def test_nothing_was_overtaken_by_what_was_sent_before_its_answer_had_come(tmp_path: Path) -> None:
    book = tmp_path / "handled-inorder"
    book.write_text("b 1 7 0.0\na 1 7 0.0\n")
    ledger = Ledger(tmp_path / "handled", (book,))
    ledger.answers = [Answer("a", OK, 1.0, 2.0, "one"), Answer("b", OK, 2.0, 0.5, "one")]

    assert [] == ledger.overtaken(0)

"""Which letters a page shows: those that the filter of its box takes, however they are found."""

import pytest

from tests.workers.letters import ONE_TOPIC, PATTERN, letter
from workers.console.filter_box import read_box
from workers.console.found import MOST_ANSWERS, Answers, meant_of
from workers.console.scan import Scan
from workers.dead_letters import Filter

NOW = 1_764_000_000_000
LETTERS = (
    letter(ONE_TOPIC, webhook_shop="a.example", webhook_error="KeyError", webhook_died_ms=NOW),
    letter(PATTERN, "orders/paid", webhook_shop="a.example", webhook_died_ms=NOW - 7_200_000),
    letter(PATTERN, webhook_shop="b.example", webhook_error="timed out", webhook_died_ms=NOW),
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "consumer:mail",
        "consumer:mail shop:a.example",
        "shop:a.example since:1h",
        "topic:orders/*",
        "error:TIMED",
        "id:w1 consumer:erp",
        "reason:crashed",
        "reason:rejected",
        "colour:red",
    ],
)
def test_what_is_found_is_what_the_filter_takes(text: str) -> None:
    boxed = read_box(text, NOW)
    expected = [one for one in LETTERS if boxed.filter.takes(one)]
    assert expected == list(meant_of(Scan(letters=LETTERS), boxed.filter))


def test_what_was_asked_before_is_found_once_until_there_is_another_look() -> None:
    answers = Answers()
    scan = Scan(letters=LETTERS)
    wanted = Filter(consumer="mail")
    first = answers.to(scan, wanted)
    assert first is answers.to(scan, Filter(consumer="mail"))
    assert first is not answers.to(Scan(letters=LETTERS[:1]), wanted)
    for number in range(2 * MOST_ANSWERS):
        answers.to(scan, Filter(id=f"w{number}"))
    assert MOST_ANSWERS == len(answers._kept)

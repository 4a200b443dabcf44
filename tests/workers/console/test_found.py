"""Which letters a page shows: those that the filter of its box takes, however they are found."""

import pytest

from tests.workers.letters import ONE_TOPIC, PATTERN, letter
from workers.console.filter_box import read_box
from workers.console.found import meant_of
from workers.console.scan import Scan

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
    assert expected == list(meant_of(Scan(letters=LETTERS), boxed))

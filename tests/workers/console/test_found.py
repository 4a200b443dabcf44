"""Which letters a page shows: those that the filter of its box takes, however they are found."""

from time import monotonic

import pytest

from tests.workers.console.conftest import served_with, visitor_of
from tests.workers.letters import ONE_TOPIC, PATTERN, letter
from workers.console.filter_box import read_box
from workers.console.found import MOST_ANSWERS, Answers, meant_of
from workers.console.scan import Scan
from workers.dead_letters import Filter
from workers.groups import grouped

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


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("", ("Replay all 7</a>", "1 to 3 of more than 3", 'data-label="letters">1</td>')),
        (
            "?q=consumer:mail",
            (
                "these at least 2</a>",
                "1 to 2 of at least 2",
                'data-label="letters">at least 2</td>',
            ),
        ),
        (
            "?q=consumer:none",
            (
                "Replay these</a>",
                "None of the 3 letters that are remembered is meant by this filter.",
            ),
        ),
    ],
)
async def test_where_letters_are_not_remembered_no_number_leaves_them_out_unsaid(
    query: str, told: tuple[str, ...]
) -> None:
    text = await page_of(
        Scan(NOW, count=7, letters=LETTERS, groups=grouped(LETTERS), more=4), query
    )
    assert [] == [one for one in told if one not in text]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("", ("Replay all 3</a>", "1 to 3 of 3</span>")),
        ("?q=consumer:mail", ("these 2</a>", "1 to 2 of 2</span>")),
        ("?q=consumer:none", ("No letter is meant by this filter.",)),
    ],
)
async def test_where_all_are_remembered_each_number_is_all(
    query: str, told: tuple[str, ...]
) -> None:
    text = await page_of(Scan(NOW, count=3, letters=LETTERS, groups=grouped(LETTERS)), query)
    assert [] == [one for one in told if one not in text]
    assert "at least" not in text
    assert "more than" not in text


async def test_who_may_only_look_is_offered_no_act() -> None:
    scan = Scan(NOW, count=3, letters=LETTERS, groups=grouped(LETTERS))
    assert "/act/" in await page_of(scan, "")
    assert "/act/" not in await page_of(scan, "", name="carl")


async def page_of(scan: Scan, query: str, name: str = "jane") -> str:
    """Return the page of dead letters, as somebody sees it, after a look that has found this."""
    served = served_with()
    shared = served._site.scans["dead"]
    shared.latest = scan
    shared._good_until = monotonic() + 3_600
    async with visitor_of(served) as visitor:
        await visitor.log_in(name)
        _, text = await visitor.page(f"/dead-letters{query}")
    return text

"""How times, numbers and names are written."""

import pytest

from workers.console import presentation

NOW = 1_764_000_000_000


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "-"),
        (0, "0"),
        (0.4, "0.4"),
        (7.0, "7"),
        (12.6, "13"),
        (1234567, "1\u202f234\u202f567"),
    ],
)
def test_a_number_has_its_thousands_apart(value: float | None, told: str) -> None:
    assert told == presentation.number(value)


@pytest.mark.parametrize(
    ("ms", "told"),
    [(0, "-"), (NOW, "now"), (NOW - 90_000, "90 s ago"), (NOW + 7_200_000, "in 2 h")],
)
def test_a_moment_is_so_long_ago_or_ahead(ms: int, told: str) -> None:
    assert told == presentation.ago(ms, NOW)


def test_what_is_long_is_cut_and_counted() -> None:
    assert "a, b and 2 more" == presentation.listed(["a", "b", "c", "d"], 2)
    assert "a, b" == presentation.listed(["a", "b"])
    assert "orders…" == presentation.short("orders/create", 7)
    assert ("1 letter", "2 letters") == tuple(
        presentation.plural(count, "letter") for count in (1, 2)
    )
    assert ("2025-11-24 16:00:00", "2025-11-24T16:00:00Z", "-") == (
        presentation.moment(NOW),
        presentation.machine_time(NOW),
        presentation.moment(0),
    )


def test_an_address_leaves_out_what_is_empty_and_a_command_can_be_pasted() -> None:
    assert "?q=consumer:erp+topic:orders/create" == presentation.query(
        q="consumer:erp topic:orders/create", of=""
    )
    assert "" == presentation.query(q="")
    assert "hookline-workers pause 'a b'" == presentation.command("pause", "a b")


def test_a_time_that_no_calendar_has_is_the_latest_that_we_would_write() -> None:
    assert presentation.moment(2**53).startswith("6429-")

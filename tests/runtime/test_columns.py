"""Tables for people."""

from runtime.columns import columns


def test_columns_are_as_wide_as_what_stands_in_them() -> None:
    rows = [("erp", "orders/create", "5"), ("warehouse", "carts", "1000")]
    assert [
        "CONSUMER   TOPIC          READY",
        "erp        orders/create      5",
        "warehouse  carts           1000",
    ] == list(columns(("CONSUMER", "TOPIC", "READY"), rows, left=2))


def test_nothing_is_left_behind_the_last_column() -> None:
    assert ["A  NOTE", "b"] == list(columns(("A", "NOTE"), [("b", "")], left=2))


def test_what_strangers_wrote_moves_no_cursor() -> None:
    _, row = columns(("A",), [("\x1b[2J",)], left=1)
    assert "\\x1b[2J" == row

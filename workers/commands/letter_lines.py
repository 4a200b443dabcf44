"""Printing letters: a line each, or a page. What strangers wrote moves no cursor, forges no row."""

import json
from collections.abc import Mapping, Sequence
from time import time
from typing import Any, Protocol

from runtime.columns import columns
from schemas.printable import printable, printable_block, printable_json
from workers.letter import Letter
from workers.letter_rows import found_row, kept_row, row, waiting_row

Row = Mapping[str, Any]
"""A letter or a group, described as plain data."""
NOTHING = "-"
"""Stands in an empty cell."""


COLUMNS = (
    "id",
    "consumer",
    "topic",
    "reason",
    "group",
    "attempt",
    "replays",
    "died",
    "shop",
    "error",
)
FOUND_COLUMNS = (*COLUMNS[:-2], "behind", *COLUMNS[-2:])
"""Of what is looked at, and not moved: how many of its shop wait for it."""
SEQUENCE_COLUMNS = (
    "consumer",
    "topic",
    "shop",
    "state",
    "behind",
    "dead",
    "since",
    "id",
    "error",
)
GROUP_COLUMNS = (
    "group",
    "count",
    "consumer",
    "topic",
    "reason",
    "first",
    "last",
    "replayed",
    "id",
    "error",
)
KEPT_COLUMNS = ("place", "received", "id", "topic", "shop", "bytes")
WAITING_COLUMNS = ("id", "consumer", "topic", "attempt", "due_in", "behind", "shop", "error")


def print_table(rows: Sequence[Row], heads: Sequence[str], *, as_json: bool) -> None:
    """Print what is described in these rows; nothing where there are none."""
    if as_json:
        for described in rows:
            print(_json(described))
        return

    if not rows:
        return
    cells = [[str(described[name]) or NOTHING for name in heads] for described in rows]
    for line in columns(heads, cells, left=len(heads)):
        print(line)


def print_row(
    described: Row, *, as_json: bool, is_first: bool, heads: Sequence[str] = COLUMNS
) -> None:
    """Print what is described in a line, under a heading where it is the first.

    In JSON nothing is lost by what is escaped.
    """
    if as_json:
        print(_json(described))
        return

    if is_first:
        print("  ".join(heads))
    cells: list[str] = []
    for name in heads:
        cell = printable(str(described[name]))
        cells.append(cell or NOTHING)
    print("  ".join(cells))


class PrintLetter(Protocol):
    """Prints a letter in a line, under a heading where it is the first."""

    def __call__(self, letter: Letter, *, as_json: bool, is_first: bool) -> None:
        """Print it."""


def print_letter(letter: Letter, *, as_json: bool, is_first: bool) -> None:
    """Print a dead letter, or one that lies unrouted."""
    print_row(row(letter), as_json=as_json, is_first=is_first)


def print_found(letter: Letter, *, as_json: bool, is_first: bool) -> None:
    """Print a dead letter that was looked at, with how many of its shop wait for it."""
    described = found_row(letter)
    print_row(described, as_json=as_json, is_first=is_first, heads=FOUND_COLUMNS)


def print_waiting(letter: Letter, *, as_json: bool, is_first: bool) -> None:
    """Print what waits, with how long from now on."""
    now_ms = int(time() * 1000)
    described = waiting_row(letter, now_ms)
    print_row(described, as_json=as_json, is_first=is_first, heads=WAITING_COLUMNS)


def print_kept(letter: Letter, *, as_json: bool, is_first: bool) -> None:
    """Print a copy in the journal."""
    print_row(kept_row(letter), as_json=as_json, is_first=is_first, heads=KEPT_COLUMNS)


def print_page(described: Row, *, as_json: bool) -> None:
    """Print a whole letter, as safely as a row."""
    if as_json:
        print(_json(described))
        return

    for name, value in described.items():
        print(f"{name}: {_shown(value)}")


def _shown(value: object) -> str:
    """Return a value for a terminal, its further lines indented: none looks like another value."""
    if isinstance(value, dict):
        return _json(value)

    return printable_block(str(value)).replace("\n", "\n  ")


def _json(value: Row) -> str:
    compact = json.dumps(value, default=str, separators=(",", ":"))
    return printable_json(compact)

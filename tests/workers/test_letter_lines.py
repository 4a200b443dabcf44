"""Letters and groups as people and programs read them."""

import json

import pytest

from tests.workers.letters import letter
from workers.commands.letter_lines import print_row, print_table
from workers.letter_rows import row

HEADS = ("group", "count", "error")
GROUPS = [
    {"group": "1f2e3d4c", "count": 12, "error": "KeyError: 'sku'", "id": "w1"},
    {"group": "", "count": 7, "error": "a\x1b[2J\nb", "id": "w2"},
]
TABLE = """\
group     count  error
1f2e3d4c  12     KeyError: 'sku'
-         7      a\\x1b[2J\\nb
"""


def test_a_table_is_as_wide_as_what_stands_in_it_and_as_printable(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_table(GROUPS, HEADS, as_json=False)
    assert TABLE == capsys.readouterr().out


def test_a_table_of_nothing_has_no_heads(capsys: pytest.CaptureFixture[str]) -> None:
    print_table([], HEADS, as_json=False)
    assert "" == capsys.readouterr().out


def test_in_json_a_table_is_a_line_each_with_all_there_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_table(GROUPS, HEADS, as_json=True)
    assert GROUPS == [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_rows_that_come_one_by_one_have_their_heads_before_the_first(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for is_first in (True, False):
        print_row(row(letter()), as_json=False, is_first=is_first)
    heads, *rows = capsys.readouterr().out.splitlines()
    assert heads.startswith("id  consumer  topic")
    assert ["w1  erp  orders/create"] * 2 == [line[:22] for line in rows]

"""What is shown of others' text: bounded, and nothing in it that a terminal obeys."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.printable import cut, cut_to_end, printable, printable_block, printable_json

ANY = st.text(st.characters())  # halves of surrogate pairs too


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("naïve 日本 🎉", "naïve 日本 🎉"),
        ("a\u00a0b\u2009c", "a\u00a0b\u2009c"),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("red \x1b[31m", "red \\x1b[31m"),
        ("csi \x9b2J", "csi \\x9b2J"),
        ("two\r\nlines", "two\\r\\nlines"),
        ("two\u2028lines", "two\\u2028lines"),
        ("turned \u202egnp.exe", "turned \\u202egnp.exe"),
        ("unseen \u200b\ufeff", "unseen \\u200b\\ufeff"),
        ("half \udce9", "half \\udce9"),
    ],
)
def test_what_a_terminal_would_obey_is_escaped(text: str, shown: str) -> None:
    assert shown == printable(text)


def test_a_block_keeps_its_lines_and_tabs() -> None:
    assert "a\n\tb\\r\n\\x1bc" == printable_block("a\n\tb\r\n\x1bc")


@given(ANY)
def test_what_is_shown_can_be_encoded_and_is_shown_the_same_again(text: str) -> None:
    shown = printable(text)
    assert shown == shown.encode().decode()
    assert shown == printable(shown)


@given(ANY)
def test_a_json_document_means_the_same_when_it_is_printable(text: str) -> None:
    document = json.dumps([text], ensure_ascii=False)
    shown = printable_json(document)
    assert [text] == json.loads(shown)
    assert shown.isascii() or shown == printable(shown)


@given(ANY, st.integers(3, 40))
def test_what_is_cut_fits_and_keeps_its_start_or_its_end(text: str, size: int) -> None:
    start = cut(text, size)
    end = cut_to_end(text, size)
    assert len(start.encode()) <= size
    assert len(end.encode()) <= size
    if len(text.encode(errors="backslashreplace")) <= size:
        assert start == end == text.encode(errors="backslashreplace").decode()
    else:
        assert start.endswith("…")
        assert end.startswith("…")


@pytest.mark.parametrize(
    ("whole", "start", "end"), [("abcdefgh", "abc…", "…fgh"), ("ééééé", "é…", "…é")]
)
def test_the_mark_stands_where_something_is_missing(whole: str, start: str, end: str) -> None:
    size = len(start.encode()) + ("é" in whole)
    assert (start, end) == (cut(whole, size), cut_to_end(whole, size))

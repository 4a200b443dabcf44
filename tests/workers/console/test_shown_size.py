"""Texts that take no more of a page than they may."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.printable import MARK
from workers.console.shown_size import fitted, fitted_end, shown_size
from workers.console.templates import Templates

MOST = 40
TEMPLATES = Templates(static=str, address=str, app="app", version="1")


@given(st.text(max_size=200))
def test_a_text_takes_so_much_and_a_short_one_is_whole(text: str) -> None:
    for shown in (fitted(text, MOST), fitted_end(text, MOST)):
        assert MOST >= shown_size(shown)
    assert text.startswith(fitted(text, MOST).removesuffix(MARK)) or not text.isprintable()
    if MOST >= shown_size(text) and text.isprintable():
        assert text == fitted(text, MOST) == fitted_end(text, MOST)


@given(st.text(st.characters(codec="utf-8"), max_size=80))
def test_its_size_is_what_a_template_makes_of_it(text: str) -> None:
    empty = TEMPLATES.render("error.html", {"status": 404, "said": ""})
    page = TEMPLATES.render("error.html", {"status": 404, "said": text})
    assert len(page.encode()) - len(empty.encode()) == shown_size(text)


def test_what_is_cut_off_is_marked_where_it_was() -> None:
    assert "a" * 37 + MARK == fitted("a" * 99, MOST)
    assert MARK + "b" * 37 == fitted_end("a" * 99 + "b" * 99, MOST)

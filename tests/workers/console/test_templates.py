"""Pages as templates: whatever is put into one is text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.console.templates import Templates, shown

TEMPLATES = Templates(static=str, address=str, app="app", version="1")


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("a\u202eb\x1b[2J", "a\\u202eb\\x1b[2J"),
        ("two\nlines", "two\nlines"),
        ("\"'&", "&#34;&#39;&amp;"),
    ],
)
def test_what_a_stranger_has_written_is_shown_as_text(said: str, text: str) -> None:
    page = TEMPLATES.render("error.html", {"status": 404, "said": said})
    assert f"<p>{text}</p>" in page


@given(st.text())
def test_whatever_it_is_it_makes_no_element_and_obeys_nothing(said: str) -> None:
    empty = TEMPLATES.render("error.html", {"status": 404, "said": ""})
    page = TEMPLATES.render("error.html", {"status": 404, "said": said})
    assert empty.count("<") == page.count("<")
    assert set() == {one for one in page if not one.isprintable()} - set("\n\t\u200c\u200d") - {
        one for one in page if one.isspace()
    }


def test_what_is_no_text_stays_what_it_is() -> None:
    assert 7 == shown(7)

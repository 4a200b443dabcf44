"""Sessions: a cookie is believed that we have made, until it ends; a form that we gave it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.console.sessions import LASTS, Sessions

NOW = 1_764_000_000.0


def test_a_cookie_is_its_session_until_it_ends() -> None:
    sessions = Sessions()
    session = sessions.begin("jane@host", NOW)
    cookie = sessions.cookie(session)
    assert session == sessions.read(cookie, NOW + LASTS - 1)
    assert None is sessions.read(cookie, NOW + LASTS)


def test_a_session_that_was_ended_stays_so() -> None:
    sessions = Sessions()
    session = sessions.begin("jane", NOW)
    sessions.end(session)
    assert None is sessions.read(sessions.cookie(session), NOW)


def test_a_cookie_of_another_start_is_nobodys() -> None:
    session = Sessions().begin("jane", NOW)
    assert None is Sessions().read(Sessions().cookie(session), NOW)


@given(st.text(max_size=80))
def test_whatever_a_cookie_says_nothing_breaks(cookie: str) -> None:
    assert None is Sessions(b"key").read(cookie, NOW)


@given(st.integers(0, 10_000), st.characters(codec="ascii"))
def test_a_cookie_of_which_a_character_was_changed_is_nobodys(at: int, character: str) -> None:
    sessions = Sessions(b"key")
    cookie = sessions.cookie(sessions.begin("jane", NOW))
    at %= len(cookie)
    changed = cookie[:at] + character + cookie[at + 1 :]
    if changed != cookie:
        assert None is sessions.read(changed, NOW)


def test_a_form_is_believed_of_its_own_session_alone() -> None:
    sessions = Sessions()
    session = sessions.begin("jane", NOW)
    other = sessions.begin("jane", NOW)
    token = sessions.token(session)
    assert sessions.is_token(session, token)
    assert not sessions.is_token(other, token)


@pytest.mark.parametrize("given", ["", "x", "é.é", "a.b.c", "."])
def test_what_is_no_token_is_none(given: str) -> None:
    sessions = Sessions()
    assert not sessions.is_token(sessions.begin("jane", NOW), given)


def test_each_page_has_another_token_so_that_its_length_when_packed_tells_nothing() -> None:
    sessions = Sessions()
    session = sessions.begin("jane", NOW)
    assert sessions.token(session) != sessions.token(session)

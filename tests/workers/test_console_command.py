"""`hookline-workers console`: closed until it is said who may come in, and what makes an entry."""

import io

import pytest

from workers.__main__ import main
from workers.console.users import users_of


def test_without_users_it_does_not_start_and_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOOKLINE_AMQP_URL", "amqp://127.0.0.1:1/")
    assert 2 == main(["console"])
    told = capsys.readouterr().err
    assert "the console is closed until" in told
    assert "`hookline-workers console hash NAME`" in told


def test_a_password_becomes_an_entry(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse\n"))
    assert 0 == main(["console", "hash", "jane", "--role", "operator"])
    entry = capsys.readouterr().out.strip()
    user = users_of([entry])["jane"]
    assert user.password is not None
    assert user.password.fits("correct horse")


@pytest.mark.parametrize(
    ("name", "password", "told"),
    [
        ("jane", "short", "a password has 10 to 1024 characters"),
        ("ja ne", "correct horse", "number 1 has no name of letters"),
    ],
)
def test_what_can_be_no_entry_is_refused(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    password: str,
    told: str,
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
    assert 2 == main(["console", "hash", name])
    assert told in capsys.readouterr().err

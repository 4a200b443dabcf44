"""Which broker `deploy.local` speaks of: its own, or one that somebody names."""

from pathlib import Path

import pytest

from deploy.local import __main__ as local

URL = "amqp://guest:guest@somewhere/"


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A folder in which no node runs."""
    monkeypatch.setattr(local, "FOLDER", tmp_path)


@pytest.mark.parametrize("given", [None, ""], ids=["unset", "empty"])
def test_an_empty_url_does_not_stand_for_a_broker_of_ones_own(
    given: str | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("HOOKLINE_AMQP_URL", raising=False)
    if given is not None:
        monkeypatch.setenv("HOOKLINE_AMQP_URL", given)

    assert 1 == local.main(["url"])
    assert "no node runs; start one first\n" == capsys.readouterr().err


@pytest.mark.parametrize("action", ["start", "url", "stop"])
def test_a_broker_that_somebody_names_is_told_and_left_as_it_is(
    action: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOOKLINE_AMQP_URL", URL)
    assert 0 == local.main([action])
    assert f"{URL}\n" == capsys.readouterr().out

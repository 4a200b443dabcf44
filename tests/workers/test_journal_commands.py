"""`journal replay`, while it searches: how far it is, and what is said where it was ended."""

import argparse
import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest

from workers.commands import bar, journal_replay
from workers.commands.journal_replay import _Acting
from workers.operate.moving import Moved
from workers.operate.takers import Takers
from workers.settings import Settings
from workers.sought import Sought


@pytest.mark.parametrize("stops", [False, True])
async def test_a_replay_shows_how_far_it_has_looked_and_denies_nothing_that_it_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], stops: bool
) -> None:
    stop = asyncio.Event()

    async def replay(*given: Any) -> Moved:
        passed = given[-1]
        passed(30, 120, 29)
        if stops:
            stop.set()
        return Moved(0)

    @contextmanager
    def ended_by_signals() -> Iterator[asyncio.Event]:
        yield stop

    monkeypatch.setattr(journal_replay, "replay", replay)
    monkeypatch.setattr(journal_replay, "ended_by_signals", ended_by_signals)
    monkeypatch.setattr(bar, "REDRAWN_EVERY", 0.0)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)

    arguments = argparse.Namespace(name=None, rate=50.0, again=False, json=False)
    taking = Takers("app", "erp", frozenset())
    settings = Settings.model_construct(app="app", confirm_timeout=10.0)
    acting = _Acting(cast("Any", None), arguments, settings, taking, None)
    assert 1 == await acting.replay(Sought(shop="a.example"))
    told = capsys.readouterr().err
    assert "30 of 120 looked at" in told
    assert stops is ("nothing such in the journal" not in told)
    assert stops is ("ended as asked" in told)

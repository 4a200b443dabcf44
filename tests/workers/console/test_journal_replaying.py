"""The dialog of the journal, and the replay that it begins: what it told is what is done."""

import asyncio
import re
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from tests.workers.console.conftest import Visitor
from tests.workers.console.test_journal_page import ASKED, connected, kept, searching
from workers.console import journal_replaying, refill
from workers.console.refill import Refill
from workers.console.wishes import BadWish
from workers.operate.journal import Kept
from workers.operate.moving import Moved
from workers.sought import Sought

NOW = 1_764_000_000_000
HOUR = 3_600_000
MINUTE = 60_000


class Clock:
    """A time that passes when it is told to."""

    def __init__(self) -> None:
        self.ms = NOW

    def time(self) -> float:
        """Return it as `time` does."""
        return self.ms / 1000


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time of the dialog."""
    told = Clock()
    for module in (journal_replaying, refill):
        monkeypatch.setattr(module, "time", told.time)
    return told


@pytest.fixture
async def jane(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> Visitor:
    """An operator, of whose consumer everything is."""

    async def takers(*_: Any, **__: Any) -> Any:
        return type("Taking", (), {"takes": None})

    monkeypatch.setattr(journal_replaying, "takers", takers)
    monkeypatch.setattr(journal_replaying, "connected", connected)
    await visitor.log_in("jane")
    return visitor


@pytest.mark.parametrize(("found", "head"), [(0, "what is sought"), (2, "2 webhooks or more")])
async def test_what_there_was_no_time_to_count_can_be_replayed(
    jane: Visitor, monkeypatch: pytest.MonkeyPatch, found: int, head: str
) -> None:
    monkeypatch.setattr(journal_replaying, "COUNTED_WITHIN", 0.0)
    searching(monkeypatch, journal_replaying, found)
    _, text = await jane.page(f"/refill?to=erp&{ASKED}")
    assert f"<h2>Replay {head} to erp</h2>" in text
    assert '<button class="primary">Replay</button>' in text
    assert "counted" not in hidden(text)


def hidden(text: str) -> dict[str, str]:
    """Return what a dialog remembers."""
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', text))


async def test_what_is_counted_is_what_is_replayed_however_long_both_take(
    jane: Visitor, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Sought] = []
    begun = asyncio.Event()

    async def search(_: Any, __: Any, sought: Sought, **___: Any) -> AsyncGenerator[Kept, None]:
        told.append(sought)
        clock.ms += MINUTE  # so long it counts
        yield kept(0)

    async def replay(_: Any, __: Any, sought: Sought, *___: Any) -> Moved:
        told.append(sought)
        begun.set()
        return Moved(0)

    monkeypatch.setattr(journal_replaying, "search", search)
    monkeypatch.setattr(journal_replaying, "replay", replay)
    _, text = await jane.page("/refill?to=erp&q=since:1h until:5m")
    form = {"to": "erp", "q": "since:1h until:5m"}
    async with jane.post("/refill", data=hidden(text) | {"rate": "fast"}, headers=jane.own) as got:
        text = await got.text()
    assert "Rate: a number" in text

    clock.ms += MINUTE  # somebody thinks about it
    async with jane.post("/refill", data=hidden(text) | form, headers=jane.own):
        await begun.wait()
    first, again, replayed = told
    assert Sought(since_ms=NOW - HOUR, until_ms=NOW - 5 * MINUTE) == first
    assert first == again == replayed


def test_which_are_meant_must_be_said_in_words_that_are_understood() -> None:
    with pytest.raises(BadWish) as raised:
        Refill.of({"to": "erp"})
    examples = re.findall(r"(\w+:\S*\w)", str(raised.value))
    assert "since:14:00" in examples
    for one in examples:
        assert not Refill.of({"to": "erp", "q": one}).box.sought.is_empty


COUNTED = [("0.0", "0 of 2"), ("50.0", "1 of 2"), ("100.0", "2 of 2"), ("75.0", "3")]
"""Where two were counted, and more came since."""
UNCOUNTED = [("0.0", "0"), ("25.0", "1"), ("50.0", "2"), ("75.0", "3")]
"""Where nobody could count them all: by how far the search is."""


@pytest.mark.parametrize(("is_counted", "expected"), [(True, COUNTED), (False, UNCOUNTED)])
async def test_a_replay_tells_how_far_it_is(
    jane: Visitor,
    monkeypatch: pytest.MonkeyPatch,
    is_counted: bool,
    expected: list[tuple[str, str]],
) -> None:
    on = asyncio.Queue[None]()
    came = asyncio.Queue[int]()

    async def search(*_: Any, **__: Any) -> AsyncGenerator[Kept, None]:
        yield kept(0)
        yield kept(1)

    async def replay(*given: Any) -> Moved:
        *_, tell, passed = given
        for place in range(4):
            passed(25 * place, 100, place)
            came.put_nowait(25 * place)
            await on.get()
            tell(kept(place))
        return Moved(0)

    monkeypatch.setattr(journal_replaying, "search", search)
    monkeypatch.setattr(journal_replaying, "replay", replay)
    _, text = await jane.page(f"/refill?to=erp&{ASKED}")
    form = hidden(text)
    if not is_counted:
        del form["counted"]
    async with jane.post("/refill", data=form, headers=jane.own):
        """It begins."""

    for one in expected:
        looked = await came.get()
        _, text = await jane.page("/operations")
        assert one == how_far(text)
        assert f"{looked} of 100 in the journal looked at" in text
        on.put_nowait(None)


def how_far(text: str) -> tuple[str, str]:
    """Return how far an operation is by its page, in percent and in words."""
    shares = re.findall(r'<progress max="100" value="([^"]*)"', text)
    told = re.findall(r"<span>(\d+(?: of \d+)?) ", text)
    return str(shares[0]), str(told[0])

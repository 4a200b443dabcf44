"""The dialogs in which letters are moved: what they tell, and what they remember."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from schemas.control import ControlState
from schemas.queue_facts import QueueFact
from tests.workers.console.conftest import Visitor
from tests.workers.letters import ONE_TOPIC, PATTERN, letter
from workers.broker.letters import Wanted
from workers.console import journal_replaying, meaning
from workers.console.journal_replaying import Counted
from workers.groups import Grouping
from workers.letter import Letter
from workers.operate.letters import Grouped
from workers.operate.replayable import Replayable
from workers.settings import SettingsError

KNOWN = ControlState(
    queues={
        ONE_TOPIC.name: QueueFact("host", 1, 1, never_replayed=True),
        PATTERN.name: QueueFact("host", 1, 1),
    }
)


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> list[Letter]:
    """Letters that are meant, whatever is asked."""
    letters: list[Letter] = []

    @asynccontextmanager
    async def connected(*_: object) -> AsyncIterator[None]:
        yield None

    async def places_of(*_: object) -> tuple[()]:
        return ()

    async def replayable(*_: object, force: bool) -> Replayable:
        return Replayable(KNOWN, force=force)

    async def grouped(_: Any, __: Any, ___: Any, is_able: Wanted) -> Grouped:
        grouping = Grouping()
        for one in letters:
            if is_able(one):
                grouping.add(one)
        return Grouped(grouping.groups, grouping.count, 0, 0)

    for fake in (connected, places_of, replayable, grouped):
        monkeypatch.setattr(meaning, fake.__name__, fake)
    return letters


async def opened(visitor: Visitor, path: str) -> str:
    """Return a dialog that was just opened."""
    await visitor.log_in("jane")
    _, text = await visitor.page(path)
    return text


async def test_what_is_replayed_by_force_alone_is_counted_and_can_be_begun(
    visitor: Visitor, there: list[Letter]
) -> None:
    there += [letter(ONE_TOPIC), letter(ONE_TOPIC), letter(PATTERN)]
    text = await opened(visitor, "/act/replay?of=dead&q=reason:crashed")
    assert "<h2>Replay 3 letters</h2>" in text
    assert "2 of erp, which declares replay=&#34;never&#34;, need the tick for that" in text
    assert '<button class="primary">Replay up to 3</button>' in text

    del there[2:]
    _, text = await visitor.page("/act/replay?of=dead&q=consumer:erp")
    assert '<button class="primary">Replay up to 2</button>' in text


async def test_what_cannot_be_meant_cannot_be_begun(visitor: Visitor, there: list[Letter]) -> None:
    there.append(letter(PATTERN))
    text = await opened(visitor, "/act/replay?of=dead&q=colour:red")
    assert '<button class="primary" disabled>' in text


def ticks(text: str) -> set[str]:
    """Return what is ticked."""
    return set(re.findall(r'type="checkbox" name="(\w+)"[^>]* checked', text))


async def test_a_dialog_that_comes_back_with_what_is_wrong_remembers_its_ticks(
    visitor: Visitor, there: list[Letter]
) -> None:
    there.append(letter(PATTERN))
    assert {"ramp"} == ticks(await opened(visitor, "/act/replay?of=dead"))
    form = {"token": await visitor.token(), "of": "dead", "rate": "fast"}
    for ticked in ({"force", "again", "all"}, {"ramp"}, set[str]()):
        filled = form | dict.fromkeys(ticked, "1")
        async with visitor.post("/act/replay", data=filled, headers=visitor.own) as got:
            text = await got.text()
        assert "Rate: a number" in text
        assert ticked == ticks(text)


@pytest.mark.parametrize(
    ("counted", "told"),
    [
        (
            Counted(0, is_more=True),
            (
                "Replay what is sought to erp",
                "no time to count them all",
                '<button class="primary">Replay<',
            ),
        ),
        (Counted(7), ("Replay 7 webhooks", '<button class="primary">Replay 7<')),
    ],
)
async def test_a_refill_can_be_begun_before_all_is_counted(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch, counted: Counted, told: tuple[str, ...]
) -> None:
    async def count(*_: object) -> Counted:
        return counted

    monkeypatch.setattr(journal_replaying, "_counted", count)
    text = await opened(visitor, "/refill?to=erp&q=id:1")
    assert all(one in text for one in told)

    form = {"token": await visitor.token(), "to": "erp", "q": "id:1", "rate": "0", "again": "1"}
    async with visitor.post("/refill", data=form, headers=visitor.own) as got:
        assert {"again"} == ticks(await got.text())


async def test_a_refill_that_cannot_be_meant_cannot_be_begun(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def count(*_: object) -> Counted:
        raise SettingsError("there is no journal")

    monkeypatch.setattr(journal_replaying, "_counted", count)
    text = await opened(visitor, "/refill?to=erp&q=id:1")
    assert "there is no journal" in text
    assert '<button class="primary" disabled>' in text

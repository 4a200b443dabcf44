"""Searches through the journal: few at a time, and the same one once for all who ask."""

import asyncio

import pytest

from tests.workers.console.conftest import Visitor
from workers.console import journal_page, journal_searches
from workers.console.journal_page import Found
from workers.console.journal_searches import AT_ONCE, FULL, JournalSearches, NoTurn
from workers.sought import Sought

WANTED = Sought(shop="a.example")


class Searching:
    """Searches that go on until they may end; `begun` of them have begun, each with a turn."""

    def __init__(self) -> None:
        self.searches = JournalSearches()
        self.begun = 0
        self.may_end = asyncio.Event()

    async def search(self) -> Found:
        """Be one of them."""
        async with self.searches.turn():
            self.begun += 1
            await self.may_end.wait()
            return Found(looked=self.begun)

    def ask(self, sought: Sought) -> "asyncio.Task[Found]":
        """Be somebody who asks."""
        return asyncio.create_task(self.searches.found(sought, self.search))


async def test_who_asks_for_the_same_meanwhile_gets_the_same() -> None:
    searching = Searching()
    asked = [searching.ask(Sought(shop="a.example")) for _ in range(3)]
    while not searching.begun:
        await asyncio.sleep(0)
    searching.may_end.set()
    first, *others = await asyncio.gather(*asked)
    assert all(one is first for one in others)
    assert 1 == searching.begun

    assert first is not await searching.ask(Sought(shop="a.example"))
    assert 2 == searching.begun


async def test_few_search_at_a_time_and_who_has_no_turn_in_time_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    searching = Searching()
    asked = [searching.ask(Sought(id=f"w{number}")) for number in range(AT_ONCE)]
    while searching.begun < AT_ONCE:
        await asyncio.sleep(0)

    monkeypatch.setattr(journal_searches, "PATIENCE", 0.0)
    with pytest.raises(NoTurn, match=FULL):
        async with asyncio.timeout(5):
            await searching.ask(WANTED)
    assert AT_ONCE == searching.begun

    searching.may_end.set()
    await asyncio.gather(*asked)
    monkeypatch.undo()
    await searching.ask(WANTED)
    assert AT_ONCE + 1 == searching.begun


@pytest.mark.parametrize("path", ["/journal?q=id:1", "/refill?to=erp&q=id:1"])
async def test_the_page_and_the_dialog_have_their_turns(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    await visitor.log_in("jane")
    searching = Searching()
    searching.searches = visitor.served._site.searches
    asked = [searching.ask(Sought(id=f"w{number}")) for number in range(AT_ONCE)]
    while searching.begun < AT_ONCE:
        await asyncio.sleep(0)

    monkeypatch.setattr(journal_searches, "PATIENCE", 0.0)
    _, text = await visitor.page(path)
    assert FULL in text
    searching.may_end.set()
    await asyncio.gather(*asked)


async def test_who_asks_again_in_a_moment_asks_for_the_same(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Sought] = []

    async def searched(_: object, sought: Sought) -> Found:
        asked.append(sought)
        return Found()

    monkeypatch.setattr(journal_page, "_searched", searched)
    await visitor.log_in("jane")
    for seconds in (1_764_000_000.0, 1_764_000_009.0, 1_764_000_010.0):
        monkeypatch.setattr(journal_page, "time", lambda seconds=seconds: seconds)
        await visitor.page("/journal?q=since:1h")
    first, again, later = asked
    assert first == again != later

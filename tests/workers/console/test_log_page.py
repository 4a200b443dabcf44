"""The page of the log: read once for all who look, and what its box suggests."""

import asyncio
import re
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from runtime.amqp.link import UnreachableError
from schemas.control import ControlState
from schemas.fleet import Fleet
from tests.workers.console.conftest import Visitor
from tests.workers.console.test_journal_page import connected
from tests.workers.test_status_text import TABLE
from workers.console import log_page
from workers.console.log_page import LONGEST_WORD, MOST_WORDS, words
from workers.console.site import Site
from workers.operate.entries import Entry
from workers.operate.status import Seen

NOW = 1_764_000_000_000


def entry(what: str = "replayed", by: str = "jane@console", **said: Any) -> Entry:
    """Return an entry of the log."""
    return Entry(NOW, by, what, {"count": 3, **said})


class Log:
    """A log that is slow to read; `readers` have begun to."""

    def __init__(self) -> None:
        self.readers = 0
        self.may_end = asyncio.Event()
        self.error: Exception | None = None

    async def history(self, *_: Any) -> AsyncGenerator[Entry, None]:
        """Yield what stands in it."""
        self.readers += 1
        await self.may_end.wait()
        if self.error is not None:
            raise self.error
        yield entry(name="INC-1")


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Log:
    """The log that the page reads."""
    slow = Log()
    monkeypatch.setattr(log_page, "connected", connected)
    monkeypatch.setattr(log_page, "history", slow.history)
    return slow


async def asked_by_three(site: Site, log: Log) -> list[Any]:
    """Return what three are given who ask before the log is read."""
    asked = [asyncio.create_task(site.log.latest(site)) for _ in range(3)]
    while not log.readers:
        await asyncio.sleep(0)
    log.may_end.set()
    return await asyncio.gather(*asked, return_exceptions=True)


async def test_it_is_read_once_for_all_who_look_until_it_has_grown(
    visitor: Visitor, log: Log
) -> None:
    site = visitor.served._site
    assert [(entry(name="INC-1"),)] * 3 == await asked_by_three(site, log)
    await site.log.latest(site)
    assert 1 == log.readers

    visitor.served.watch.seen = Seen(TABLE, ControlState(next_offset=7), Fleet())
    await site.log.latest(site)
    assert 2 == log.readers


async def test_that_it_cannot_be_read_is_told_to_all_and_the_next_who_looks_reads_it(
    visitor: Visitor, log: Log
) -> None:
    log.error = UnreachableError("nobody answers")
    assert [log.error] * 3 == await asked_by_three(visitor.served._site, log)
    assert 1 == log.readers

    await visitor.log_in("jane")
    _, text = await visitor.page("/log")
    assert "nobody answers" in text
    log.error = None
    _, text = await visitor.page("/log")
    assert "replayed 3 as INC-1" in text


async def test_its_box_suggests_who_what_and_the_names_of_what_was_done(
    visitor: Visitor, log: Log
) -> None:
    log.may_end.set()
    await visitor.log_in("jane")
    _, text = await visitor.page("/log")
    (listed,) = re.findall(r'<input id="q"[^>]* list="words"', text)
    assert listed
    assert {"jane@console", "replayed", "INC-1"} == set(re.findall(r'<option value="(.+?)">', text))


def test_words_of_most_entries_are_suggested_and_no_endless_ones() -> None:
    entries = [entry(by="carl", name=f"INC-{number}") for number in range(2 * MOST_WORDS)]
    found = words([*entries, entry(by="x" * (LONGEST_WORD + 1))])
    assert ["replayed", "carl"] == found[:2]
    assert MOST_WORDS == len(found)
    assert [] == words([entry(what="", by="<" * LONGEST_WORD)])

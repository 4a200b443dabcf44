"""The page of the journal, where a search takes longer than a page. No broker."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import ModuleType
from typing import Any

import pytest

from schemas.properties import ReceivedProperties
from tests.workers.console.conftest import Visitor
from workers.broker.journal_copy import Copy
from workers.console import journal_page
from workers.letter import Letter, Source
from workers.operate.journal import Kept

ASKED = "q=shop:a.example"
END = 100
"""Copies in the journal."""


def kept(place: int) -> Kept:
    """Return what was found there."""
    headers = {"webhook-id": f"w{place}", "webhook-shop": "a.example"}
    properties = ReceivedProperties(type="orders/create", headers=headers)
    letter = Letter.of(Source("spiffy.journal"), properties)
    return Kept(letter, Copy(place, "orders.create.7", properties, 2, b"{}"))


def slow(found: int, looked: int) -> Callable[..., AsyncGenerator[Kept, None]]:
    """Return a search that comes so far until it is stopped, and then gives what it has found."""

    async def search(*given: Any, stop: asyncio.Event, **_: Any) -> AsyncGenerator[Kept, None]:
        await stop.wait()
        if len(given) > 3:
            given[3](looked, END, looked - 1)
        for place in range(found):
            yield kept(place)

    return search


@asynccontextmanager
async def connected(*_: Any) -> AsyncIterator[None]:
    """Be a connection."""
    yield


def searching(
    monkeypatch: pytest.MonkeyPatch, module: ModuleType, found: int, looked: int = 40
) -> None:
    """Have the page search so."""
    monkeypatch.setattr(module, "search", slow(found, looked))
    monkeypatch.setattr(module, "connected", connected)


@pytest.fixture
async def jane(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> Visitor:
    """An operator, whose patience is short."""
    monkeypatch.setattr(journal_page, "WITHIN", 0.0)
    await visitor.log_in("jane")
    return visitor


async def test_what_was_found_by_then_is_shown_with_the_way_to_the_rest(
    jane: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    searching(monkeypatch, journal_page, found=1)
    _, text = await jane.page(f"/journal?{ASKED}")
    assert ">w0</a>" in text
    assert "40 of 100 looked at" in text
    assert 'href="/journal?q=shop:a.example&amp;after=39">further<' in text


async def test_of_what_was_not_looked_at_nothing_is_said(
    jane: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    searching(monkeypatch, journal_page, found=0)
    _, text = await jane.page(f"/journal?{ASKED}")
    assert "Nothing such is in the part that was looked at." in text
    assert "after=39" in text

    searching(monkeypatch, journal_page, found=0, looked=END)
    _, text = await jane.page(f"/journal?{ASKED}")
    assert "Nothing such is in the journal." in text
    assert "after=" not in text


async def test_a_broker_that_says_nothing_is_told_as_that(
    jane: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(*_: Any, **__: Any) -> AsyncGenerator[Kept, None]:
        await asyncio.Event().wait()
        yield kept(0)

    searching(monkeypatch, journal_page, found=0)
    monkeypatch.setattr(journal_page, "search", silent)
    monkeypatch.setattr(journal_page, "LATE", 0.01)
    _, text = await jane.page(f"/journal?{ASKED}")
    assert "The broker has given nothing for" in text
    assert "Nothing such" not in text

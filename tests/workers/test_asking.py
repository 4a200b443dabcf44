"""A store that may be away is asked within bounds, and left alone for a while once it was."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from structlog.testing import capture_logs

from workers import asking
from workers.asking import Asking, StoreAway


class Store:
    """Counts how often it is asked, and is what a test makes of it."""

    def __init__(self) -> None:
        self.asked = 0
        self.answer: Callable[[], Awaitable[str]] = self.well

    async def ask(self) -> str:
        """Answer as it does now."""
        self.asked += 1
        return await self.answer()

    async def well(self) -> str:
        """Answer."""
        return "yes"

    async def broken(self) -> str:
        """Fail."""
        raise ConnectionError("refused")

    async def stalled(self) -> str:
        """Answer never."""
        await asyncio.Event().wait()
        return "never"


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, which a test may set."""
    time = [100.0]
    monkeypatch.setattr(asking, "monotonic", lambda: time[0])
    return time


async def test_an_answer_is_handed_on(now: list[float]) -> None:
    assert "yes" == await Asking("memory", 1).ask(Store().ask)


@pytest.mark.parametrize(
    ("how", "why"),
    [("broken", "ConnectionError: refused"), ("stalled", "no answer within 0.05 s")],
)
async def test_one_that_does_not_answer_is_away_and_it_is_told_once(
    how: str, why: str, now: list[float]
) -> None:
    store = Store()
    store.answer = getattr(store, how)
    asking_it = Asking("memory", 0.05)
    with capture_logs() as logs:
        for _ in range(2):
            with pytest.raises(StoreAway, match=why):
                await asking_it.ask(store.ask)
            now[0] += 2
    told = {"event": "once.store_away", "store": "memory", "error": why, "log_level": "warning"}
    assert [told] == logs


async def test_one_that_is_away_is_left_alone_for_a_second(now: list[float]) -> None:
    store = Store()
    store.answer = store.broken
    asking_it = Asking("memory", 0.05)
    for _ in range(5):
        with pytest.raises(StoreAway, match="refused"):
            await asking_it.ask(store.ask)
    assert 1 == store.asked

    now[0] += asking.REST
    with pytest.raises(StoreAway):
        await asking_it.ask(store.ask)
    assert 2 == store.asked


async def test_while_one_finds_out_the_others_do_not_wait(now: list[float]) -> None:
    store = Store()
    store.answer = store.broken
    asking_it = Asking("memory", 0.05)
    with pytest.raises(StoreAway):
        await asking_it.ask(store.ask)

    now[0] += asking.REST
    store.answer = store.stalled
    first = asyncio.create_task(asking_it.ask(store.ask))
    await asyncio.sleep(0)
    with pytest.raises(StoreAway, match="refused"):
        await asking_it.ask(store.ask)
    with pytest.raises(StoreAway):
        await first
    assert 2 == store.asked


async def test_who_insists_asks_at_once_and_an_answer_brings_it_back(now: list[float]) -> None:
    store = Store()
    store.answer = store.broken
    asking_it = Asking("memory", 0.05)
    with pytest.raises(StoreAway):
        await asking_it.ask(store.ask)

    store.answer = store.well
    with capture_logs() as logs:
        assert "yes" == await asking_it.ask(store.ask, insists=True)
    assert "yes" == await asking_it.ask(store.ask)
    assert ["once.store_back"] == [line["event"] for line in logs]


async def test_who_is_cancelled_while_it_asks_says_nothing_of_the_store(now: list[float]) -> None:
    store = Store()
    store.answer = store.stalled
    asking_it = Asking("memory", 30)
    task = asyncio.create_task(asking_it.ask(store.ask))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    store.answer = store.well
    assert "yes" == await asking_it.ask(store.ask)

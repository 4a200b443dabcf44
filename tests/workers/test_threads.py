"""Plain handlers in threads: what comes back, and what becomes of one that nobody waits for."""

import asyncio
import contextvars
import threading

import pytest

from workers.left_behind import LeftBehind
from workers.threads import StillRuns, in_thread


async def test_what_the_work_returns_and_what_it_raises_both_come_back() -> None:
    left = LeftBehind("threads")
    error = SystemExit("of the work")

    def fail() -> None:
        raise error

    assert 7 == await in_thread(lambda: 7, left, 1)
    assert error is await in_thread(fail, left, 1)


async def test_the_work_runs_in_another_thread_and_sees_the_callers_context() -> None:
    variable = contextvars.ContextVar("variable", default="unset")
    variable.set("the caller's")

    def look() -> tuple[str, bool]:
        return variable.get(), threading.current_thread() is threading.main_thread()

    assert ("the caller's", False) == await in_thread(look, LeftBehind("threads"), 1)


async def test_a_cancelled_wait_leaves_the_thread_behind_until_it_ends() -> None:
    left = LeftBehind("threads")
    begun = threading.Event()
    release = threading.Event()

    def hang() -> None:
        begun.set()
        release.wait()

    waiting = asyncio.create_task(in_thread(hang, left, 1))
    while not begun.is_set():
        await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(StillRuns, match=r"release\.wait\(\)"):
        await waiting
    assert left.is_full

    release.set()
    await left.until_changed(60)
    assert not left.is_full

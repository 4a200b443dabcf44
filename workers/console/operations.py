"""What is being done to letters: seen by all, going on without a browser, ended by who may."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import count
from time import monotonic, time

import structlog

from runtime.amqp.link import LOST, UnreachableError, lost_link_as_error
from workers.console.news import News
from workers.console.operation import Operation
from workers.letter import Letter
from workers.operate.moving import AGAIN, Moved
from workers.settings import SettingsError

log = structlog.get_logger()

AT_ONCE = 4
"""Operations that run at the same time."""
MOST_KEPT = 50
"""Operations that are remembered once they have ended, the latest."""
FULL = "So many operations run that no other begins: wait, or stop one."
OVER = "This console is being ended, and begins nothing more."
LATELY = 120.0
"""Seconds for which every page still shows one that has ended."""
TOLD_EVERY = 0.5
"""Seconds between two tellings of how far one is."""


class NotBegun(Exception):
    """No other operation begins now; the message says why, for people."""


Work = Callable[[Operation, Callable[[Letter, int | None], None]], Awaitable[Moved]]
"""Does it, until its `stop` is set, and tells of each letter; raises SettingsError and LOST."""


class Operations:
    """All of them."""

    def __init__(self, news: News) -> None:
        self._news = news
        self._numbers = count(1)
        self._all: list[Operation] = []
        self._is_over = False
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(
        self, title: str, by: str, name: str, chosen: Mapping[str, str], rate: float, work: Work
    ) -> Operation:
        """Begin one; raises NotBegun."""
        running = [one for one in self._all if one.is_running]
        if self._is_over:
            raise NotBegun(OVER)
        if len(running) >= AT_ONCE:
            raise NotBegun(FULL)

        now_ms = int(time() * 1000)
        operation = Operation(next(self._numbers), title, by, name, chosen, rate, now_ms)
        operation.changed = self._telling()
        self._all.insert(0, operation)
        self._forget_old_ones()

        task = asyncio.create_task(self._run(operation, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._news.tell()
        return operation

    def all(self) -> Sequence[Operation]:
        """Return all that are remembered, the latest first."""
        return tuple(self._all)

    def lately(self) -> Sequence[Operation]:
        """Return those that run, or have ended a moment ago."""
        since = monotonic() - LATELY
        return [one for one in self._all if one.is_running or one.ended > since]

    def stop(self, number: int, by: str) -> None:
        """Have one end between two letters; nothing where there is none that runs."""
        for one in self._all:
            if one.number == number and one.is_running:
                one.stopped_by = by
                one.stop.set()
                self._news.tell()

    async def end(self) -> None:
        """End all in order; none begins any more."""
        self._is_over = True
        for one in self._all:
            one.stop.set()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=10)

    def _forget_old_ones(self) -> None:
        ended = [one for one in self._all if not one.is_running]
        for one in ended[MOST_KEPT:]:
            self._all.remove(one)

    async def _run(self, operation: Operation, work: Work) -> None:
        log.info("console.operation_begun", title=operation.title, by=operation.by)
        try:
            with lost_link_as_error():
                moved = await work(operation, operation.moved)
        except (SettingsError, UnreachableError, *LOST) as error:
            _end(operation, "failed", (str(error) or type(error).__name__,))
        except Exception as error:
            log.exception("console.operation_failed", title=operation.title)
            _end(operation, "failed", (f"{type(error).__name__}: {error}",))
        else:
            _end_with(operation, moved)
        finally:
            log.info(
                "console.operation_ended",
                title=operation.title,
                by=operation.by,
                state=operation.state,
                count=operation.count,
            )
            self._news.tell()

    def _telling(self) -> Callable[[], None]:
        """Return what tells all who look, now and then."""
        told_at = 0.0

        def tell() -> None:
            nonlocal told_at
            now = monotonic()
            if now >= told_at + TOLD_EVERY:
                told_at = now
                self._news.tell()

        return tell


def _end_with(operation: Operation, moved: Moved) -> None:
    """Note what came of it."""
    operation.count = moved.count
    said = [*operation.said, *moved.notices]
    if moved.joined:
        said.append(f"left alone: {moved.joined} that came meanwhile")
    if moved.problem:
        _end(operation, "failed", (moved.problem, *said))
    elif operation.stop.is_set():
        _end(operation, "stopped", (AGAIN, *said))
    else:
        _end(operation, "done", tuple(said))


def _end(operation: Operation, state: str, said: tuple[str, ...]) -> None:
    operation.state = state
    operation.said = said
    operation.ended = monotonic()

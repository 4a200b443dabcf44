"""The dialog in which one consumer is given what stands in the journal, again or for once."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from time import time
from typing import Any

from runtime.amqp.link import LOST, Connection, UnreachableError, connected, lost_link_as_error
from runtime.waiting import set_after
from schemas.control import What
from workers.console.journal_searches import NoTurn
from workers.console.operation import Operation
from workers.console.operations import NotBegun, Work
from workers.console.presentation import command
from workers.console.refill import Refill
from workers.console.settings import ConsoleSettings
from workers.console.site import Asking, Site
from workers.console.wishes import BadWish, opened_at
from workers.letter import Letter
from workers.operate.journal import Kept, search
from workers.operate.journal_replay import Replay, default_name, replay
from workers.operate.moving import Moved
from workers.operate.noting import note
from workers.operate.takers import Takers, takers
from workers.settings import SettingsError

COUNTED_WITHIN = 15.0
"""Seconds in which it is counted how many are meant."""
LATE = 5.0
"""Seconds after that in which the broker has to say it."""
Tell = Callable[[Letter, int | None], None]


async def journal_dialog(
    site: Site, filled: Mapping[str, Any], problem: str = ""
) -> Mapping[str, Any]:
    """Return what the dialog shows; counted is what the consumer takes of what is sought.

    It counts from when it was opened, and so does what is begun by it, however long counting takes.
    """
    counted = Counted()
    wrong = ""
    consumer = str(filled.get("to", ""))
    opened_ms = opened_at(filled, int(time() * 1000))
    asked = {**filled, "rate": "", "name": "", "at": str(opened_ms)}
    try:
        counted = await _counted(site, Refill.of(asked))
    except (BadWish, NoTurn, SettingsError, UnreachableError, *LOST) as error:
        wrong = str(error) or type(error).__name__
    return {
        "filled": filled,
        "consumer": consumer,
        "counted": counted,
        "problem": problem or wrong,
        "cannot_begin": bool(wrong),
        "opened_ms": opened_ms,
        "command": command("journal", "replay", "--consumer", consumer, *counted.options),
    }


async def refill(site: Site, asking: Asking, form: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Begin what was filled in, and return None; or the dialog again, with what is wrong."""
    try:
        wish = Refill.of(form)
        site.operations.begin(
            title=f"Replay of the journal to {wish.consumer}: {wish.box.text}",
            by=asking.by,
            name=wish.name,
            chosen=wish.box.sought.described(),
            rate=wish.rate,
            work=_work(site.settings, wish, asking.by),
        )
    except (BadWish, NotBegun) as error:
        return await journal_dialog(site, form, str(error))
    return None


@dataclass(frozen=True, slots=True)
class Counted:
    """How many are meant; `is_more` where there was no time to count them all."""

    count: int = 0
    is_more: bool = False
    options: tuple[str, ...] = ()


async def _counted(site: Site, wish: Refill) -> Counted:
    with lost_link_as_error():
        async with (
            site.searches.turn(),
            connected(site.settings.amqp_url, "console asks") as connection,
        ):
            return await _count(connection, site.settings.app, wish)


async def _count(connection: Connection, app: str, wish: Refill) -> Counted:
    sought = wish.box.sought
    count = 0
    stop = set_after(COUNTED_WITHIN)
    taking = await takers(connection, app, wish.consumer, force=True)
    found = search(connection, app, sought, takes=taking.takes, stop=stop)
    async with asyncio.timeout(COUNTED_WITHIN + LATE), aclosing(found) as all_kept:
        async for _ in all_kept:
            count += 1

    options: list[str] = []
    for name, value in sought.described().items():
        options += [f"--{name}", value]
    return Counted(count, stop.is_set(), tuple(options))


def _work(settings: ConsoleSettings, wish: Refill, by: str) -> Work:
    async def work(operation: Operation, tell: Tell) -> Moved:
        async with connected(settings.amqp_url, "console acts") as connection:
            taking = await takers(connection, settings.app, wish.consumer, force=wish.force)
            refilling = _Refilling(connection, settings, wish, by, taking)
            return await refilling.run(operation, tell)

    return work


@dataclass(frozen=True, slots=True)
class _Refilling:
    """A replay of the journal at work."""

    connection: Connection
    settings: ConsoleSettings
    wish: Refill
    by: str
    taking: Takers

    async def run(self, operation: Operation, tell: Tell) -> Moved:
        """Do it, and write it down; return what came of it."""
        name = self.wish.name or default_name(int(time() * 1000))
        timeout = self.settings.confirm_timeout
        order = Replay(name, self.wish.rate, again=self.wish.again, timeout=timeout)
        last = -1
        operation.total = self.wish.counted

        def told(kept: Kept) -> None:
            nonlocal last
            last = kept.letter.place
            tell(kept.letter, self._total(operation.count + 1))

        sought = self.wish.box.sought
        moved = await replay(
            self.connection, self.taking, sought, order, operation.stop, told, operation.passed
        )
        notices = moved.notices
        is_unfinished = operation.stop.is_set() or moved.problem
        if is_unfinished and last >= 0:
            notices = (*notices, f"to go on from there: `journal replay` with --after {last}")
        if not moved.count:
            return moved

        unwritten = await note(
            self.connection,
            self.settings.app,
            What.REPLAYED,
            moved.count,
            self.taking.chosen(sought),
            timeout,
            name=name,
            by=self.by,
        )
        if unwritten:
            notices = (*notices, unwritten)
        return replace(moved, notices=notices)

    def _total(self, count: int) -> int | None:
        """Return how many there are to be; None where more came since they were counted."""
        counted = self.wish.counted
        if counted is None or count > counted:
            return None
        return counted

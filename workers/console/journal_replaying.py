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
from workers.console.journal_box import SoughtBox, read_journal_box
from workers.console.operations import NotBegun, Operation, Work
from workers.console.presentation import command
from workers.console.settings import ConsoleSettings
from workers.console.site import Asking, Site
from workers.console.wishes import BadWish, opened_at, rate_of, short_name_of
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


@dataclass(frozen=True, slots=True)
class Refill:
    """Whom what is given."""

    consumer: str
    box: SoughtBox
    rate: float
    name: str
    force: bool
    again: bool

    @classmethod
    def of(cls, form: Mapping[str, Any]) -> "Refill":
        """Return what was filled in; raises BadWish."""
        now_ms = opened_at(form, int(time() * 1000))
        box = read_journal_box(str(form.get("q", "")), now_ms)
        consumer = str(form.get("to", ""))
        if box.problem:
            raise BadWish(box.problem)
        if box.sought.is_empty:
            raise BadWish("Say which: since:14:00 is written since:2026-11-29T14:00, or topic:T.")
        if not consumer:
            raise BadWish("To which consumer?")
        return cls(
            consumer=consumer,
            box=box,
            rate=rate_of(form),
            name=short_name_of(form),
            force="force" in form,
            again="again" in form,
        )


async def journal_dialog(
    site: Site, filled: Mapping[str, Any], problem: str = ""
) -> Mapping[str, Any]:
    """Return what the dialog shows; counted is what the consumer takes of what is sought."""
    counted = Counted()
    wrong = ""
    consumer = str(filled.get("to", ""))
    try:
        counted = await _counted(site, Refill.of({**filled, "rate": "", "name": ""}))
    except (BadWish, SettingsError, UnreachableError, *LOST) as error:
        wrong = str(error) or type(error).__name__
    return {
        "filled": filled,
        "consumer": consumer,
        "counted": counted,
        "problem": problem or wrong,
        "cannot_begin": bool(wrong),
        "opened_ms": int(time() * 1000),
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
    sought = wish.box.sought
    count = 0
    stop = set_after(COUNTED_WITHIN)
    settings = site.settings

    with lost_link_as_error():
        async with connected(settings.amqp_url, "console asks") as connection:
            taking = await takers(connection, settings.app, wish.consumer, force=True)
            found = search(connection, settings.app, sought, takes=taking.takes, stop=stop)
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

        def told(kept: Kept) -> None:
            nonlocal last
            last = kept.letter.place
            tell(kept.letter, None)

        sought = self.wish.box.sought
        moved = await replay(self.connection, self.taking, sought, order, operation.stop, told)
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

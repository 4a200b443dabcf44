"""Doing what an operator wishes of letters: work of the operate API, as an operation."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from time import time
from typing import BinaryIO

from runtime.amqp.link import Connection, connected
from workers.broker.letters import held_elsewhere
from workers.console.first_look import FirstLook
from workers.console.meaning import places_of, wanted
from workers.console.operation import Operation
from workers.console.operations import Work
from workers.console.settings import ConsoleSettings
from workers.console.site import Site
from workers.console.wishes import Wish
from workers.dead_letters import Filter
from workers.letter import Source
from workers.operate.files import NOTHING, Drop, drop, file_name, new_file
from workers.operate.moving import Moved, Tell
from workers.operate.noting import note
from workers.operate.replay import Replay, default_name, replay
from workers.operate.replayable import replayable
from workers.operate.waiting import Order, cancel, hurry
from workers.settings import SettingsError

ActOnWaiting = Callable[
    [Connection, str, tuple[Source, ...], Filter, Order, asyncio.Event, Tell], Awaitable[Moved]
]
LEFT_LINES = 5
"""Notices that are told."""


def work_of(site: Site, wish: Wish, by: str) -> Work:
    """Return what does it."""
    settings = site.settings

    async def work(operation: Operation, tell: Tell) -> Moved:
        try:
            async with (
                FirstLook(site.looking, tell) as told,
                connected(settings.amqp_url, "console acts") as connection,
            ):
                doing = _Doing(settings, wish, by, operation, told)
                return await doing.run(connection)
        finally:
            for scan in site.scans.values():
                scan.spoil()

    return work


class _Doing:
    """One operation at work."""

    def __init__(
        self, settings: ConsoleSettings, wish: Wish, by: str, operation: Operation, tell: Tell
    ) -> None:
        self._settings = settings
        self._wish = wish
        self._by = by
        self._operation = operation
        self._tell = tell
        self._wanted = wanted(wish)
        self._name = wish.name

    async def run(self, connection: Connection) -> Moved:
        """Do it, and write it down; return what came of it."""
        act = {
            "replay": self._replay,
            "drop": self._drop,
            "now": self._hurry,
            "cancel": self._cancel,
        }[self._wish.verb.name]
        places = await places_of(connection, self._settings.app, self._wish, self._wanted)
        held = await held_elsewhere(connection, places)
        moved = await act(connection, places)
        if held:
            told = f"up to {held} more were held by another look when it began, and left alone"
            moved = replace(moved, notices=(told, *moved.notices))
        if not moved.count:
            return moved

        unwritten = await note(
            connection,
            self._settings.app,
            self._wish.verb.what,
            moved.count,
            self._wanted,
            self._settings.confirm_timeout,
            name=self._name,
            by=self._by,
        )
        notices = moved.notices
        if unwritten:
            notices = (*notices, unwritten)
        return replace(moved, notices=notices[:LEFT_LINES])

    async def _replay(self, connection: Connection, places: tuple[Source, ...]) -> Moved:
        able = await replayable(connection, self._settings.app, force=self._wish.force)
        now_ms = int(time() * 1000)
        self._name = self._wish.name or default_name(now_ms)
        order = Replay(
            self._name,
            self._wish.rate,
            self._wish.ramp_wait,
            self._settings.confirm_timeout,
            again=self._wish.again,
        )
        return await replay(
            connection,
            self._settings.app,
            places,
            self._wanted,
            able,
            order,
            self._operation.stop,
            self._tell,
        )

    async def _drop(self, connection: Connection, places: tuple[Source, ...]) -> Moved:
        path = None
        if not self._wish.for_good:
            path = Path(self._settings.console_folder) / file_name(self._settings.app)
        opened = nullcontext(None) if path is None else _new(path)
        with opened as file:
            order = Drop(file, self._wish.rate, self._settings.confirm_timeout)
            moved = await drop(
                connection,
                self._settings.app,
                places,
                self._wanted,
                order,
                self._operation.stop,
                self._tell,
            )

        self._name = str(path or NOTHING)
        if path is not None and not path.stat().st_size:
            path.unlink()
        elif path is not None:
            told = f"they are in {path.absolute()} on the console's host"
            return replace(moved, notices=(told, *moved.notices))
        return moved

    async def _hurry(self, connection: Connection, places: tuple[Source, ...]) -> Moved:
        return await self._of_waiting(hurry, connection, places)

    async def _cancel(self, connection: Connection, places: tuple[Source, ...]) -> Moved:
        return await self._of_waiting(cancel, connection, places)

    async def _of_waiting(
        self, act: ActOnWaiting, connection: Connection, places: tuple[Source, ...]
    ) -> Moved:
        order = Order(self._wish.rate, self._settings.confirm_timeout, self._by)
        return await act(
            connection,
            self._settings.app,
            places,
            self._wanted,
            order,
            self._operation.stop,
            self._tell,
        )


def _new(path: Path) -> BinaryIO:
    try:
        return new_file(path)
    except OSError as error:
        raise SettingsError(
            f"nothing is dropped: {path.absolute()} cannot be written ({error.strerror}); "
            "HOOKLINE_CONSOLE_FOLDER names another folder"
        ) from error

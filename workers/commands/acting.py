"""What commands that change something have in common: they show how it goes, and can be ended.

The first SIGINT or SIGTERM ends them between two letters; the second at once.
"""

import asyncio
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from runtime.amqp.link import Connection
from runtime.exit_codes import DONE, FAILED
from runtime.progress import redraw
from schemas.control import What
from workers.commands.letter_lines import PrintLetter, print_letter
from workers.commands.progress import drawn
from workers.letter import Letter
from workers.operate.moving import Moved
from workers.operate.noting import Described, note
from workers.settings import Settings

REDRAWN_EVERY = 0.1
"""Seconds between two drawings of how it goes."""


@contextmanager
def ended_by_signals() -> Iterator[asyncio.Event]:
    """Yield an event that the first SIGINT or SIGTERM sets."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)

    def asked() -> None:
        stop.set()
        for number in signals:
            loop.remove_signal_handler(number)

    for number in signals:
        loop.add_signal_handler(number, asked)
    try:
        yield stop
    finally:
        for number in signals:
            loop.remove_signal_handler(number)


class Progress:
    """Shows letters as they are moved: a row each, or on a terminal a line that redraws itself."""

    def __init__(self, verb: str, *, as_json: bool, show: PrintLetter = print_letter) -> None:
        self._verb = verb
        self._show = show
        self._as_json = as_json
        self._is_drawn = sys.stdout.isatty() and sys.stderr.isatty() and not as_json
        self._count = 0
        self._began = monotonic()
        self._drawn = 0.0

    def tell(self, letter: Letter, total: int | None) -> None:
        """Show that one more is moved, of so many."""
        if not self._is_drawn:
            self._show(letter, as_json=self._as_json, is_first=self._count == 0)
        self._count += 1

        now = monotonic()
        if self._is_drawn and now >= self._drawn + REDRAWN_EVERY:
            self._drawn = now
            line = drawn(self._verb, self._count, total, now - self._began)
            redraw(line)

    def end(self, moved: Moved, *, is_stopped: bool) -> int:
        """Say what came of it; return the exit code."""
        if self._is_drawn:
            redraw()
        for notice in moved.notices:
            print(notice, file=sys.stderr)
        if moved.problem:
            print(moved.problem, file=sys.stderr)
        if is_stopped:
            print("ended as asked; the same command does what is left", file=sys.stderr)
        if moved.joined:
            print(f"left alone: {moved.joined} that came meanwhile", file=sys.stderr)

        print(f"{moved.count} {self._verb}", file=sys.stderr)
        if moved.problem or is_stopped or not moved.count:
            return FAILED
        return DONE


async def write_down(
    connection: Connection,
    settings: Settings,
    what: What,
    moved: Moved,
    wanted: Described,
    *,
    name: str = "",
) -> None:
    """Write in the control log what was moved, if anything; say so where that cannot be done."""
    if not moved.count:
        return

    timeout = settings.confirm_timeout
    unwritten = await note(connection, settings.app, what, moved.count, wanted, timeout, name=name)
    if unwritten:
        print(unwritten, file=sys.stderr)

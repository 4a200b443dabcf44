"""A line on a terminal that says how far a search is, redrawn as it goes on."""

import sys
from time import monotonic

from runtime.progress import redraw
from workers.commands.acting import REDRAWN_EVERY
from workers.commands.progress import drawn


class Bar:
    """Says how far it is on standard error, where that is a terminal; `verb` says what is done."""

    def __init__(self, verb: str) -> None:
        self._verb = verb
        self._is_shown = sys.stderr.isatty()
        self._began = monotonic()
        self._drawn = self._began

    def draw(self, count: int, total: int, _place: int) -> None:
        """Draw it, unless that was done just now."""
        now = monotonic()
        if not self._is_shown or now < self._drawn + REDRAWN_EVERY:
            return

        self._drawn = now
        line = drawn(self._verb, count, total, now - self._began)
        redraw(line)

    def clear(self) -> None:
        """Make room for a line that stays."""
        if self._is_shown:
            redraw()

"""How far a command is, as a bar on a line of a terminal."""

import sys

_CLEAR = "\x1b[K"
"""Has a terminal empty the rest of the line."""
WIDTH = 20
"""Characters of the bar."""


def bar(count: int, total: int) -> str:
    """Return the bar: so many are done, of so many, one at least."""
    done = min(count, total)
    filled = WIDTH * done // total
    return "█" * filled + "░" * (WIDTH - filled)


def redraw(line: str = "") -> None:
    """Have standard error, a terminal, show this in place of its last line."""
    sys.stderr.write(f"\r{line}{_CLEAR}")
    sys.stderr.flush()

"""How far a command is, as a bar on a line of a terminal. Pure."""

WIDTH = 20
"""Characters of the bar."""


def bar(count: int, total: int) -> str:
    """Return the bar: so many are done, of so many, one at least."""
    done = min(count, total)
    filled = WIDTH * done // total
    return "█" * filled + "░" * (WIDTH - filled)

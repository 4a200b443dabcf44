"""How far a command is, on one line of a terminal. Pure."""

from workers.durations import shown

WIDTH = 20
"""Characters of the bar."""


def drawn(verb: str, count: int, total: int | None, seconds: float) -> str:
    """Return the line: so many are moved, of so many where that is known, since so many seconds."""
    rate = count / max(seconds, 0.001)
    speed = f"{verb}, {rate:.0f} a second"
    if not total:
        return f"{count} {speed}"

    done = min(count, total)
    filled = WIDTH * done // total
    bar = "█" * filled + "░" * (WIDTH - filled)
    left = shown((total - done) / max(rate, 0.001))
    return f"{bar} {count} of {total} {speed}, {left} left"

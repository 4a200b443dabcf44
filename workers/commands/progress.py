"""How far a command is, on one line of a terminal. Pure."""

from runtime.progress import bar
from workers.durations import shown


def drawn(verb: str, count: int, total: int | None, seconds: float) -> str:
    """Return the line: so many are moved, of so many where that is known, since so many seconds."""
    rate = count / max(seconds, 0.001)
    speed = f"{verb}, {rate:.0f} a second"
    if not total:
        return f"{count} {speed}"

    done = min(count, total)
    left = shown((total - done) / max(rate, 0.001))
    return f"{bar(count, total)} {count} of {total} {speed}, {left} left"

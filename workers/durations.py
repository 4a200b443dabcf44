"""Durations and moments as operators write them: `90s`, `2h`, `1d12h`; `2026-11-29T03:00`. Pure."""

import re
from datetime import UTC, datetime

from schemas.duration import MAX_SECONDS, UNITS, WHOLE, BadDuration, duration

__all__ = ["MAX_SECONDS", "UNITS", "BadDuration", "duration", "moment", "shown"]

_CLOCK = re.compile(r"\d{2}:\d{2}(?::\d{2})?")


def moment(text: str, now_ms: int) -> int:
    """Return a time in milliseconds since 1970: so long ago (`2h`), today's (`14:00`), or as
    ISO 8601 has it.

    A time without a zone is UTC, as in all that is printed. Raises BadDuration.
    """
    if WHOLE.fullmatch(text):
        return now_ms - duration(text) * 1000
    if _CLOCK.fullmatch(text):
        today = datetime.fromtimestamp(now_ms / 1000, UTC)
        text = f"{today:%Y-%m-%d}T{text}"

    try:
        written = datetime.fromisoformat(text)
        if written.tzinfo is None:
            written = written.replace(tzinfo=UTC)
        return int(written.timestamp() * 1000)
    except (ValueError, OverflowError):
        raise BadDuration(
            f"{text!r:.80} is no time: write 2h for two hours ago, 14:00 for today's, "
            "or 2026-11-29 or 2026-11-29T03:00 (UTC, unless it says otherwise)"
        ) from None


def shown(seconds: float) -> str:
    """Return a duration in its two largest units, rounded down: `2h5m`, `1d12h`, `0s`."""
    left = int(max(0.0, seconds))
    parts: list[str] = []
    for unit, size in UNITS.items():
        count, rest = divmod(left, size)
        if count or parts:
            parts.append(f"{count}{unit}")
            left = rest

    largest = parts[:2]
    told = [part for part in largest if not part.startswith("0")]
    return "".join(told) or "0s"

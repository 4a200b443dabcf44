"""Durations as people write them: `90s`, `2h`, `1d12h`. Pure."""

import re

UNITS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
"""Seconds of each unit, the longest first."""

MAX_SECONDS = 10 * 365 * 86_400
"""Nothing here takes longer than ten years."""

WHOLE = re.compile(r"(?:\d{1,9}[wdhms])+")
_PART = re.compile(r"(\d+)([wdhms])")


class BadDuration(ValueError):
    """The text is no duration, or no moment; the message says what one looks like."""


def duration(text: str) -> int:
    """Return the seconds of `90s`, `15m`, `2h`, `1d12h` or `1w`, or raise BadDuration."""
    if not WHOLE.fullmatch(text):
        raise BadDuration(f"{text!r:.80} is no duration: write 90s, 15m, 2h, 1d12h or 1w")

    seconds = 0
    for number, unit in _PART.findall(text):
        seconds += int(number) * UNITS[unit]
    if not 0 < seconds <= MAX_SECONDS:
        raise BadDuration(f"{text!r:.80} is not from 1 s to ten years")
    return seconds

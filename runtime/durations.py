"""Durations as people write them: `2h`, `30m`, `45s`, `1h30m`. Pure."""

import re

_FORM = re.compile(r"(?:(\d{1,5})d)?(?:(\d{1,7})h)?(?:(\d{1,7})m)?(?:(\d{1,9})s)?", re.ASCII)
_SECONDS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}


class BadDuration(ValueError):
    """The text is no duration; the message says what one looks like."""


def seconds_of(text: str) -> int:
    """Return how many seconds a duration has, or raise BadDuration. None lasts no time at all."""
    found = _FORM.fullmatch(text)
    seconds = 0
    if found is not None:
        for amount, unit in zip(found.groups("0"), _SECONDS.values(), strict=True):
            seconds += int(amount) * unit

    if not seconds:
        raise BadDuration(f"{text[:40]!r} is no duration; write 45s, 30m, 2h, 1d or 1h30m")
    return seconds


def told_duration(seconds: float) -> str:
    """Return a duration as `seconds_of` reads it, to the second: `1h30m`."""
    left = round(seconds)
    if left <= 0:
        return "0s"

    told = ""
    for unit, size in _SECONDS.items():
        amount, left = divmod(left, size)
        if amount:
            told += f"{amount}{unit}"
    return told

"""Rates as authors and operators write them: `60/m`, `10/s`, `5000/h`, `10000/d`. Pure."""

import re
from dataclasses import dataclass
from typing import Self

UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
"""Seconds of each unit."""
MOST = 1_000_000
"""Nothing here is limited to more than that many, in whatever time."""

_FORM = re.compile(r"([1-9]\d{0,6})/([smhd])", re.ASCII)


class BadRate(ValueError):
    """The text is no rate; the message says what one looks like."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many in a second, minute, hour or day, evenly."""

    count: int
    unit: str

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read a rate, or raise BadRate."""
        found = _FORM.fullmatch(text) if isinstance(text, str) else None
        if found is None or int(found[1]) > MOST:
            raise BadRate(
                f"{text!r:.80} is no rate: write 10/s, 60/m, 5000/h or 10000/d, up to {MOST}"
            )
        return cls(int(found[1]), found[2])

    @property
    def every(self) -> float:
        """Seconds from one to the next."""
        return UNITS[self.unit] / self.count

    def __str__(self) -> str:
        return f"{self.count}/{self.unit}"

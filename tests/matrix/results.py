"""What became of each leg: the counts that pytest prints, one table, one exit code."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.matrix.legs import Leg

# The last line: "3 failed, 120 passed, 2 skipped in 33.20s (0:00:33)", with or without a frame of
# equal signs.
_LAST_LINE = re.compile(r"^=* ?((?:\d+ [a-z]+(?:, )?)+) in [\d.]+s\b", re.MULTILINE)
_COUNT = re.compile(r"(\d+) ([a-z]+)")
_BROKEN = re.compile(r"^(?:FAILED|ERROR) (.+)$", re.MULTILINE)
_COLUMN = {
    "passed": "passed",
    "failed": "failed",
    "error": "failed",
    "errors": "failed",
} | dict.fromkeys(("skipped", "xfailed", "deselected"), "skipped")


@dataclass(frozen=True, slots=True)
class Result:
    """A leg's end. `code` is pytest's exit code; None where the leg was not run, and `why_not` says
    why.
    """

    leg: Leg
    code: int | None = None
    seconds: float = 0
    why_not: str = ""
    printed: str = field(default="", repr=False)

    @property
    def counts(self) -> Counter[str]:
        """How many tests passed, failed (errors too) and were skipped."""
        return counted(self.printed)

    @property
    def told(self) -> str:
        """The counts and seconds, in columns; or why there are none."""
        if self.code is None:
            return f" not run: {self.why_not}"
        numbers = self.counts
        if not numbers:
            return f" came to no end: exit code {self.code} after {self.seconds:.0f} s"
        passed = numbers["passed"]
        failed = numbers["failed"]
        skipped = numbers["skipped"]
        return f"{passed:>7}{failed:>8}{skipped:>9}{self.seconds:>9.0f}"

    @property
    def broken(self) -> list[str]:
        """The tests that failed, each with the first words of its error."""
        return _BROKEN.findall(self.printed)


def counted(printed: str) -> Counter[str]:
    """Return the counts of pytest's last line; none where it did not come to print it."""
    counts = Counter[str]()
    lines = _LAST_LINE.findall(printed)
    for number, word in _COUNT.findall(lines[-1] if lines else ""):
        if word in _COLUMN:
            counts[_COLUMN[word]] += int(number)
    return counts


def table(results: Sequence[Result]) -> str:
    """Return one line a leg, and below them the tests that failed."""
    head = f"{'Python':<9}{'RabbitMQ':<10}{'passed':>7}{'failed':>8}{'skipped':>9}{'seconds':>9}"
    rows = [_named(result) + result.told for result in results]
    broken = [_named(result) + test for result in results for test in result.broken]
    return "\n".join([head, *rows, *broken])


def _named(result: Result) -> str:
    return f"{result.leg.python.version:<9}{result.leg.broker.version:<10}"


def exit_code(results: Sequence[Result], *, all_needed: bool) -> int:
    """Return 0 where every leg that ran has passed, and the first of them, or all that are needed,
    did run.
    """
    needed = results if all_needed else results[:1]
    has_failed = any(result.code for result in results)
    was_left_out = any(result.code is None for result in needed)
    return 1 if has_failed or was_left_out else 0

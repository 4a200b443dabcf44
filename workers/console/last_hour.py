"""What was done, died and was let in within the last hour, in spans of three minutes. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from schemas.pulse_counts import Counts

SPAN_MS = 180_000
SPANS = 20
"""Spans of which a line is made: an hour."""
NEW_MS = 120_000
"""Age of a process up to which all that it has counted is of now."""
HEIGHT = 16
WIDTH = 3
"""Of a line, and of a span in it, in the picture's own units."""

Spans = defaultdict[int, int]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the last hour as a picture; `most` is its highest span."""

    done: str
    dead: str
    most: int
    died: int


@dataclass(slots=True)
class LastHour:
    """Counts beats into spans: of two beats of one process, what the later has more."""

    _done: dict[str, Spans] = field(default_factory=dict)
    _dead: dict[str, Spans] = field(default_factory=dict)
    _last: dict[str, Counts] = field(default_factory=dict)
    _span: int = 0

    def note(self, counts: Counts) -> None:
        """Take in a beat; one that is older than the last of its process says nothing new."""
        last = self._last.get(counts.process)
        if last is not None and counts.at <= last.at:
            return

        self._last[counts.process] = counts
        span = counts.at // SPAN_MS
        if span > self._span:
            self._span = span
            self._forget(span - SPANS)

        if last is None:
            if counts.at - counts.started > NEW_MS:
                return  # when it has done so much, nobody knows
            last = Counts(counts.process, 0, 0, {}, {})

        _grow(self._done, span, last.done, counts.done)
        _grow(self._dead, span, last.dead, counts.dead)

    def line(self, names: Iterable[str], now_ms: int) -> Line:
        """Return the line of these queues together."""
        known = tuple(names)
        first = now_ms // SPAN_MS - SPANS + 1
        done = _totals(self._done, known, first)
        dead = _totals(self._dead, known, first)
        most = max(done)
        return Line(
            done=_area(done, most),
            dead=_ticks(dead),
            most=most,
            died=sum(dead),
        )

    def _forget(self, span: int) -> None:
        """Forget what is older, and processes that have said nothing since."""
        for table in (self._done, self._dead):
            for spans in table.values():
                for old in [one for one in spans if one < span]:
                    del spans[old]

        since_ms = span * SPAN_MS
        silent = [name for name, counts in self._last.items() if counts.at < since_ms]
        for process in silent:
            del self._last[process]


def _grow(
    table: dict[str, Spans], span: int, before: Mapping[str, int], now: Mapping[str, int]
) -> None:
    for name, count in now.items():
        more = count - before.get(name, 0)
        if more > 0:
            spans = table.setdefault(name, defaultdict(int))
            spans[span] += more


def _totals(table: Mapping[str, Spans], names: Iterable[str], first: int) -> list[int]:
    totals = [0] * SPANS
    for name in names:
        spans = table.get(name)
        if spans is None:
            continue
        for at in range(SPANS):
            totals[at] += spans.get(first + at, 0)
    return totals


def _area(totals: Iterable[int], most: int) -> str:
    """Return the path of an area whose highest point fills the picture; nothing where all is 0."""
    if not most:
        return ""

    heights = [round((HEIGHT - 1) * total / most) for total in totals]
    before = heights[0]
    steps: list[str] = []
    for height in heights[1:]:
        steps.append(f"{WIDTH} {before - height}")
        before = height

    first = HEIGHT - heights[0]
    middle = " ".join(steps).replace(" -", "-")
    return f"M0 {HEIGHT}V{first}l{middle}V{HEIGHT}z"


def _ticks(totals: Iterable[int]) -> str:
    """Return the path of a tick at the bottom for each span in which something died."""
    ticks: list[str] = []
    for at, total in enumerate(totals):
        if total:
            x = at * WIDTH
            ticks.append(f"M{x} {HEIGHT}v-5")
    return "".join(ticks)

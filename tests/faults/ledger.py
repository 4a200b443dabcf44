"""The books: what the sender was told, what the consumers wrote down, and the difference, which
must be empty.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

OK, UNAVAILABLE = 200, 503


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one request: status (0: none came), times in seconds since the epoch."""

    id: str
    status: int
    sent: float
    seconds: float
    shop: str = ""


@dataclass(frozen=True, slots=True)
class Handling:
    """One line of the consumers' book."""

    id: str
    attempt: int
    at: float


@dataclass
class Ledger:
    """Both sides of a scenario, and when the fault was there."""

    handled_file: Path
    others: tuple[Path, ...] = ()
    """The books of further consumers, each of which has to handle everything too."""
    answers: list[Answer] = field(default_factory=list)
    dead: dict[str, str] = field(default_factory=dict)  # id -> reason
    faults: list[tuple[float, float]] = field(default_factory=list)

    def handled(self) -> list[Handling]:
        """Read the consumer's book."""
        return _read(self.handled_file)

    def accepted(self) -> set[str]:
        """The ids that were answered 200."""
        return {answer.id for answer in self.answers if answer.status == OK}

    def missing(self) -> set[str]:
        """What was answered 200, and is neither handled nor dead; by one of the consumers."""
        accepted = self.accepted()
        missing = accepted - {handling.id for handling in self.handled()} - self.dead.keys()
        for file in self.others:
            missing |= accepted - {handling.id for handling in _read(file)}
        return missing

    def overtaken(self, consumer: int) -> list[str]:
        """Return whose first effect at one of the other consumers came after that of another of its
        shop which was sent only when this one had been answered 200.
        """
        places: dict[str, int] = {}
        for place, handling in enumerate(_read(self.others[consumer])):
            places.setdefault(handling.id, place)

        found = []
        taken = [answer for answer in self.answers if answer.status == OK and answer.id in places]
        for shop in {answer.shop for answer in taken}:
            of_shop = [answer for answer in taken if answer.shop == shop]
            for one, later in combinations(sorted(of_shop, key=lambda answer: answer.sent), 2):
                is_after = one.sent + one.seconds < later.sent
                if is_after and places[later.id] < places[one.id]:
                    found.append(one.id)
        return found

    def recovered_at(self) -> float | None:
        """When a webhook sent after the last fault, and answered 200, had been handled; None while
        none has.
        """
        end = self.faults[-1][1] if self.faults else 0.0
        after = {answer.id for answer in self.answers if answer.status == OK and answer.sent > end}
        return min(
            (handling.at for handling in self.handled() if handling.id in after), default=None
        )

    def row(self, name: str, version: str) -> "Row":
        """Close the books."""
        statuses = Counter(answer.status for answer in self.answers)
        handled = Counter(handling.id for handling in self.handled())
        recovered, end = self.recovered_at(), self.faults[-1][1] if self.faults else 0.0
        return Row(
            scenario=name,
            version=version,
            sent=len(self.answers),
            ok=statuses[OK],
            unavailable=statuses[UNAVAILABLE],
            no_answer=statuses[0],
            other=sum(statuses.values()) - statuses[OK] - statuses[UNAVAILABLE] - statuses[0],
            handled=len(handled),
            dead=len(self.dead),
            duplicates=sum(handled.values()) - len(handled),
            unanswered=len(handled.keys() - self.accepted()),
            lost=len(self.missing()),
            gap=round(
                _longest_gap(
                    answer.sent + answer.seconds for answer in self.answers if answer.status == OK
                ),
                1,
            ),
            recovery=round(recovered - end, 1) if recovered is not None and self.faults else None,
            p99_200=_p99(answer.seconds for answer in self.answers if answer.status == OK),
            p99_503=_p99(answer.seconds for answer in self.answers if answer.status == UNAVAILABLE),
        )


@dataclass(frozen=True, slots=True)
class Row:
    """One scenario's books, closed. Times in seconds; `unanswered`: handled without a 200."""

    scenario: str
    version: str
    sent: int
    ok: int
    unavailable: int
    no_answer: int
    other: int
    handled: int
    dead: int
    duplicates: int
    unanswered: int
    lost: int
    gap: float
    recovery: float | None
    p99_200: float
    p99_503: float

    def cells(self) -> dict[str, Any]:
        """Return the row as plain values, under the names that the table and the JSON share."""
        called = {"ok": "200", "unavailable": "503", "no_answer": "no answer", "gap": "longest gap"}
        called |= {"p99_200": "p99 of 200", "p99_503": "p99 of 503"}
        return {called.get(name, name): value for name, value in asdict(self).items()}


def _read(file: Path) -> list[Handling]:
    """Read a consumer's book; a last line cut short by a kill does not count."""
    text = file.read_text() if file.exists() else ""
    lines = (line.split() for line in text.splitlines(keepends=True) if line.endswith("\n"))
    return [Handling(line[0], int(line[1]), float(line[3])) for line in lines]


def _p99(seconds: Iterable[float]) -> float:
    found = sorted(seconds)
    return round(found[len(found) * 99 // 100], 2) if found else 0.0


def _longest_gap(times: Iterable[float]) -> float:
    return max((later - earlier for earlier, later in pairwise(sorted(times))), default=0.0)

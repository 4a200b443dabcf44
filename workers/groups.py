"""Groups of letters: the same went wrong at the same place, for one consumer. Pure.

Letters are folded in one by one, so that what is kept depends on the number of groups alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from workers.letter import Letter
from workers.letter_rows import shown_time

MOST_GROUPS = 1_000
"""Groups that are told apart; letters of further ones are counted together."""

SEVERAL = "*"
"""Stands for the topic of a group whose letters have more than one."""


@dataclass(frozen=True, slots=True)
class Group:
    """Letters with one fingerprint and consumer; times in milliseconds, 0 where none says any.

    `id` is one letter's, the latest; `replayed_ms` when one of those that are here was last
    replayed.
    """

    group: str
    consumer: str
    topic: str
    reason: str
    count: int
    first_ms: int
    last_ms: int
    replayed_ms: int
    error: str
    id: str


class Grouping:
    """What was folded in so far. `more` counts letters beyond the groups that are told apart."""

    def __init__(self, most: int = MOST_GROUPS) -> None:
        self.count = 0
        self.more = 0
        self._most = most
        self._groups: dict[tuple[str, str], Group] = {}

    def add(self, letter: Letter) -> None:
        """Fold a letter in."""
        self.count += 1
        key = (letter.group, letter.consumer)
        known = self._groups.get(key)
        if known is not None:
            self._groups[key] = _joined(known, letter)
        elif len(self._groups) < self._most:
            self._groups[key] = _begun(letter)
        else:
            self.more += 1

    @property
    def groups(self) -> tuple[Group, ...]:
        """The groups, the largest first; of two as large the one that has grown last."""
        found = sorted(self._groups.values(), key=lambda one: (one.count, one.last_ms))
        found.reverse()
        return tuple(found)


def grouped(letters: Iterable[Letter]) -> tuple[Group, ...]:
    """Return the groups of these letters."""
    grouping = Grouping()
    for letter in letters:
        grouping.add(letter)
    return grouping.groups


def group_row(group: Group) -> dict[str, object]:
    """Describe a group in one line's worth of plain data."""
    return {
        "group": group.group,
        "count": group.count,
        "consumer": group.consumer,
        "topic": group.topic,
        "reason": group.reason,
        "first": shown_time(group.first_ms),
        "last": shown_time(group.last_ms),
        "replayed": shown_time(group.replayed_ms),
        "id": group.id,
        "error": group.error,
    }


def _begun(letter: Letter) -> Group:
    return Group(
        group=letter.group,
        consumer=letter.consumer,
        topic=letter.topic,
        reason=letter.reason,
        count=1,
        first_ms=letter.at_ms,
        last_ms=letter.at_ms,
        replayed_ms=letter.replayed_ms,
        error=letter.error,
        id=letter.id,
    )


def _joined(group: Group, letter: Letter) -> Group:
    latest = group
    if letter.at_ms >= group.last_ms:
        latest = replace(group, last_ms=letter.at_ms, error=letter.error, id=letter.id)

    times = [ms for ms in (group.first_ms, letter.at_ms) if ms]
    topic = group.topic
    if letter.topic != topic:
        topic = SEVERAL

    return replace(
        latest,
        count=group.count + 1,
        first_ms=min(times, default=0),
        replayed_ms=max(group.replayed_ms, letter.replayed_ms),
        topic=topic,
    )

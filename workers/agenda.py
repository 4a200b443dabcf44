"""What may be done next in the lines of a partition. Pure."""

import math
from collections import deque
from collections.abc import Mapping
from heapq import heappop, heappush
from typing import Generic

from workers.line import D, Line, Member


class Agenda(Generic[D]):
    """Looks at lines that have changed, or whose time has come, and at no others.

    What it gives may be out of date: a line says whether it still holds.
    """

    def __init__(self, lines: Mapping[str, Line[D]]) -> None:
        self._lines = lines
        self._changed: dict[str, None] = {}  # shops, in the order in which their lines changed
        self._due: list[tuple[int, str]] = []
        self._runnable: deque[Member[D]] = deque()
        self._movable: deque[Member[D]] = deque()

    def look_at(self, shop: str) -> None:
        """Look at a shop's line again: something has changed."""
        self._changed[shop] = None

    def look_at_all(self) -> None:
        """Look at every line again."""
        self._changed = dict.fromkeys(self._lines)

    def has_news(self, now_ms: int) -> bool:
        """Whether anything may have become possible since it was asked last."""
        if self._changed or self._runnable or self._movable:
            return True
        return bool(self._due) and self._due[0][0] <= now_ms

    @property
    def halted(self) -> list[Line[D]]:
        """The lines that wait for what becomes of a dead webhook."""
        return [line for line in self._lines.values() if line.head.is_halted]

    def runnable(self, now_ms: int) -> Member[D] | None:
        """Return a head that may run, and forget it; None where there is none."""
        self._look(now_ms)
        while self._runnable:
            member = self._runnable.popleft()
            member.is_listed = False
            line = self._lines.get(member.shop)
            if line is not None and line.runnable(now_ms) is member:
                return member
        return None

    def movable(self, now_ms: int) -> Member[D] | None:
        """Return one that is in the way of other shops, and forget it; None where there is none."""
        self._look(now_ms)
        while self._movable:
            member = self._movable.popleft()
            line = self._lines.get(member.shop)
            if line is not None and line.movable(now_ms) is member:
                return member
        return None

    def seconds_to_due(self, now_ms: int) -> float:
        """Return the seconds until the next head is due; infinity where none waits for its time."""
        if not self._due:
            return math.inf
        due_ms, _ = self._due[0]
        return max(0, due_ms - now_ms) / 1000

    def _look(self, now_ms: int) -> None:
        while self._due and self._due[0][0] <= now_ms:
            _, shop = heappop(self._due)
            self._changed[shop] = None

        if not self._changed:
            return
        changed = self._changed
        self._changed = {}
        for shop in changed:
            line = self._lines.get(shop)
            if line is not None:
                self._list(shop, line, now_ms)

    def _list(self, shop: str, line: Line[D], now_ms: int) -> None:
        head = line.head
        if head.due_ms > now_ms:
            heappush(self._due, (head.due_ms, shop))
        elif line.runnable(now_ms) is head and not head.is_listed:
            head.is_listed = True
            self._runnable.append(head)

        in_the_way = line.movable(now_ms)
        if in_the_way is not None:
            self._movable.append(in_the_way)

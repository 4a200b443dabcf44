"""When subscriptions were last seen, and what follows of it: a gap. Pure.

A gap begins when the subscription was last seen, which is before it was removed, and ends when it
was there again.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, Self

from ingress.subscriptions.gaps import Gap
from ingress.subscriptions.held import Held

_LATEST = 253_402_300_000_000
"""Milliseconds since 1970 until the year 10000, in which no date can be written."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """When a subscription was last there, in milliseconds since 1970, and which it was."""

    at_ms: int
    id: str
    was_there: bool = True
    """Whether it was there at the last look too."""


class Sightings:
    """When each shop's subscription of a topic was last seen."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], Sighting] = {}

    @classmethod
    def of(cls, plain: Any) -> Self:
        """Return what `plain` has returned before; of anything else none, or what is readable."""
        sightings = cls()
        rows = plain if isinstance(plain, list) else []
        for row in rows:
            match row:
                case [str(shop), str(topic), int(at_ms), str(number), bool(was_there)] if (
                    0 <= at_ms < _LATEST
                ):
                    sightings._last[shop, topic] = Sighting(at_ms, number, was_there)
        return sightings

    def plain(self) -> list[Any]:
        """Return them as JSON can write them."""
        rows: list[Any] = []
        for (shop, topic), one in self._last.items():
            row = [shop, topic, one.at_ms, one.id, one.was_there]
            rows.append(row)
        return rows

    def saw(self, shop: str, one: Held, now_ms: int) -> Gap | None:
        """Note that it is there; return the gap where it was not there all the time."""
        before = self._note(shop, one, now_ms)
        if before is None:
            return None

        is_same = before.id == one.id
        if is_same and before.was_there:
            return None

        until_ms = now_ms
        if not is_same and _is_between(before.at_ms, one.created_ms, now_ms):
            until_ms = one.created_ms or now_ms
        return Gap(shop, one.topic, before.at_ms, until_ms)

    def missed(self, shop: str, topic: str) -> None:
        """Note that it is not there."""
        key = (shop, topic)
        before = self._last.get(key)
        if before is not None:
            self._last[key] = replace(before, was_there=False)

    def restored(self, shop: str, one: Held, now_ms: int) -> Gap:
        """Note that it is there again, put back by us; return the gap."""
        before = self._note(shop, one, now_ms)
        since_ms = None
        if before is not None:
            since_ms = before.at_ms
        return Gap(shop, one.topic, since_ms, now_ms)

    def forget_all_but(self, shops: Collection[str]) -> None:
        """Forget shops that are no more."""
        for key in list(self._last):
            shop, _ = key
            if shop not in shops:
                del self._last[key]

    def _note(self, shop: str, one: Held, now_ms: int) -> Sighting | None:
        """Note that it is there now; return when it was seen before."""
        key = (shop, one.topic)
        before = self._last.get(key)
        self._last[key] = Sighting(now_ms, one.id)
        return before


def _is_between(before_ms: int, at_ms: int | None, after_ms: int) -> bool:
    if at_ms is None:
        return False
    return before_ms < at_ms < after_ms

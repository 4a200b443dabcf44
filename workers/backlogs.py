"""Since when each backlog of an app waits, from look to look. Pure but for what it remembers."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from schemas.fleet import Fleet
from schemas.queue_now import QueueNow


class Backlogs:
    """The queues in which something was ready at each look, without a break.

    The pulse forgets: what it once told of a queue that stands still holds until the queue moves.
    Of one of which it never told anything, the first look does: what was ready then is still there.
    """

    def __init__(self) -> None:
        self._since_ms: dict[str, int] = {}

    def lags_ms(self, ready: Mapping[str, int], seen: Fleet, now_ms: int) -> dict[str, int]:
        """Return the lag of each queue, by how many are ready in it now."""
        before = self._since_ms
        self._since_ms = {}
        lags = {}
        for name, count in ready.items():
            heard = seen.queues.get(name, QueueNow())
            known_ms = max(heard.waits_since_ms, before.get(name, 0)) or now_ms
            if count:
                self._since_ms[name] = known_ms
            told = replace(heard, waits_since_ms=known_ms)
            lags[name] = told.lag_ms(count, now_ms) or 0
        return lags

    def forget(self) -> None:
        """Remember nothing: another looks from now on."""
        self._since_ms = {}

    def unknown(self, names: Iterable[str]) -> list[str]:
        """Return those of the queues of which nothing is remembered."""
        return [name for name in names if name not in self._since_ms]

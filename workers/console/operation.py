"""Something that an operator has begun, and how far it is."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from workers.letter import Letter


def _nobody() -> None:
    """Tell nobody."""


@dataclass(slots=True)
class Operation:
    """One of them. `state` is running, done, stopped or failed; `said` what else to know."""

    number: int
    title: str
    by: str
    name: str
    chosen: Mapping[str, str]
    rate: float
    began_ms: int
    state: str = "running"
    count: int = 0
    total: int | None = None
    said: tuple[str, ...] = ()
    stopped_by: str = ""
    ended: float = 0.0
    looked: int = 0
    """How much of the journal a search for it has looked at, of `to_look` in all."""
    to_look: int = 0
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    changed: Callable[[], None] = _nobody
    """Tells all who look that it came further."""

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self.state == "running"

    @property
    def share(self) -> float:
        """How much of it is done, in percent."""
        if self.state == "done":
            return 100.0
        if self.total:
            return min(100.0, 100 * self.count / self.total)
        if self.to_look:
            return min(100.0, 100 * self.looked / self.to_look)
        return 0.0

    def moved(self, _: Letter, total: int | None) -> None:
        """Note a letter more, of so many; None where nobody knows."""
        self.count += 1
        self.total = total
        self.changed()

    def passed(self, looked: int, to_look: int, _: int) -> None:
        """Note how far a search through the journal is."""
        self.looked = looked
        self.to_look = to_look
        self.changed()

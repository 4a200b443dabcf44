"""What becomes of a webhook whose worker died: it runs again, then alone, then no more. Pure.

A crash takes down everything that the process held, so the broker's delivery count condemns
innocents with the one that did it. Here the first crash costs nothing: whatever comes back runs at
once. What comes back twice is a suspect: it goes round by a rung of the ladder, with its crashes
counted in a header, and runs while no other suspect does. So the next crash tells on it alone.

The broker counts how often it took a message back, not why: a process that died and one that lost
its link look alike. What a process knows of itself tells them apart. It lives, so what it had under
way did not kill it: that is settled, or goes on, and is no matter for this module. And each link it
lost excuses one return of every message that is older: whatever lay prefetched there came back too.
Excuses die with the process, so whatever kills processes is soon without. Of the links that other
workers lost nothing is known: two such returns make a suspect, as two crashes do.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schemas import headers as webhook_headers
from schemas.dead_letter import Reason
from workers.outcome import Aside, Dead

SUSPECT = 2
"""Crashes from which on a webhook runs with no other suspect beside it."""
LIMIT = 5
"""Crashes after which a webhook is dead."""
ROUND = 5.0
"""Seconds that a suspect waits at most for its next turn; each further crash doubles them."""


@dataclass(frozen=True, slots=True)
class Crashes:
    """How often a worker died under a webhook.

    `noted` counts the crashes before its last publish, `returned` those since.
    """

    noted: int = 0
    returned: int = 0

    @property
    def count(self) -> int:
        """All of them."""
        return self.noted + self.returned

    @property
    def is_suspect(self) -> bool:
        """Whether it must run with no other suspect beside it."""
        return self.count >= SUSPECT


NONE = Crashes()


def crashes(noted: int, headers: Mapping[str, Any], excused: int | None) -> Crashes:
    """Count the crashes, `noted` ones and those since; `excused` is how many returns are none, or
    None where the message was never delivered before.

    A count that the publisher of a fresh message has written is not the broker's.
    """
    if excused is None:
        return Crashes(noted) if noted else NONE

    delivered = webhook_headers.number(headers, "x-delivery-count")
    return Crashes(noted, max(0, delivered - excused))


def decide(crashes: Crashes, spread: float, *, suspect_runs: bool) -> Aside | Dead | None:
    """Return what becomes of a webhook without a run; None where it may run now.

    `spread`, from 0 to 1, is drawn for each, so that the suspects of one crash do not return
    together.
    """
    if crashes.count >= LIMIT:
        sentence = (
            f"its worker died under it, or lost its link to the broker, {crashes.count} times"
        )
        return Dead(Reason.CRASHED, sentence)

    must_wait = crashes.returned > 0 or suspect_runs
    if crashes.is_suspect and must_wait:
        pause = spread * longest_pause(crashes.count)
        return Aside(pause, crashes.count)

    return None


def longest_pause(count: int) -> float:
    """Return the seconds until a suspect's next turn, at most."""
    doublings = count - SUSPECT
    return ROUND * 2.0**doublings

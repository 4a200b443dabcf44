"""A work queue now, by all that the fleet says of it. Pure."""

from dataclasses import dataclass

from schemas.pulse import QueueState


@dataclass(frozen=True, slots=True)
class QueueNow:
    """What all processes together say of a work queue; `workers` are the live ones that run it."""

    workers: int = 0
    running: int = 0
    done_a_minute: float = 0.0
    dead_hour: int = 0
    oldest_ms: int = 0
    settled_ms: int = 0
    p95_ms: int = 0
    """Of the slowest worker."""
    state: QueueState | None = None
    """The worst of any worker; None where none runs it."""
    waits_since_ms: int = 0
    """Whatever is at the queue's head came later than this; 0 where nobody knows."""
    held: int = 0
    """Of an ordered partition, what waits beside it."""
    held_ms: int = 0
    """Of that, when the oldest was received that waits behind another; 0 for none."""
    halted: int = 0
    """Shops of it that wait for what becomes of a dead letter."""

    def lag_ms(self, ready: int, at_ms: int) -> int | None:
        """Return how long the oldest has waited that is ready, at most, or held behind another of
        its shop; None where nobody knows.

        It is true when nothing runs: what is ready came after the last that was taken, and after
        the queue was last seen empty, so it is as old as that at most.
        """
        if ready and not self.waits_since_ms:
            return None
        ready_since_ms = self.waits_since_ms if ready else at_ms
        oldest_ms = min(ready_since_ms, self.held_ms or at_ms)
        return max(0, at_ms - oldest_ms)

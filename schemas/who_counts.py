"""Who counts for an app what lies where: one process, for all of them. Pure.

Nobody is elected, and nobody asks another. Whoever reads the same beats comes to the same process:
the worker whose name is the lowest of those that live. Where it falls silent, it is the next one
DEAD_AFTER_MS later. Where two clocks differ by more than that, there may be two for a while: both
tell the broker's own count.
"""

from collections.abc import Iterable

from schemas.fleet import is_living
from schemas.pulse import Beat, ProcessKind


def who_counts(beats: Iterable[Beat], now_ms: int) -> str | None:
    """Return the process that counts; None where no worker lives."""
    workers = [beat.process for beat in beats if _is_worker(beat, now_ms)]
    return min(workers, default=None)


def counts_before(beat: Beat, process: str, now_ms: int) -> bool:
    """Tell whether it follows from this beat alone that another counts than this process."""
    return beat.process < process and _is_worker(beat, now_ms)


def _is_worker(beat: Beat, now_ms: int) -> bool:
    return beat.role is ProcessKind.WORKER and is_living(beat, now_ms)

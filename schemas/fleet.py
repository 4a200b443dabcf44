"""The fleet: all processes of an app, folded from the beats of their pulse. Pure.

Beats are read from a few seconds back, in any order. The newest of a process is what it is now; a
process whose newest is older than DEAD_AFTER_MS is none any more.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from schemas.pulse import MINUTE_MS, Beat, ProcessKind, QueueBeat, QueueState
from schemas.queue_now import QueueNow

DEAD_AFTER_MS = 15_000
"""Age of a process's newest beat from which on it counts as dead."""
AHEAD_MS = 60_000
"""How far a process's clock may be ahead of ours; beats from beyond are passed over."""

_WORSE = tuple(QueueState)


class Heard(NamedTuple):
    """A process by the oldest and the newest beat that were heard of it."""

    first: Beat
    last: Beat

    def a_minute(self, first: int, last: int) -> float:
        """Return the rate of a count, which was `first` in the first beat and `last` in the last.

        Of a process that was heard once, the rate since it started.
        """
        since = self.first.at
        grown = last - first
        if self.first.at == self.last.at:
            since = self.last.started
            grown = last

        passed = self.last.at - since
        if passed <= 0:
            return 0.0
        return max(0, grown) * MINUTE_MS / passed


@dataclass(frozen=True, slots=True)
class Fleet:
    """The processes that live, in order of host and process, and the queues by name."""

    workers: tuple[Heard, ...] = ()
    ingresses: tuple[Heard, ...] = ()
    queues: Mapping[str, QueueNow] = field(default_factory=dict)


def fleet(beats: Iterable[Beat], now_ms: int) -> Fleet:
    """Return the fleet that these beats tell of.

    Dead processes still tell when their queues were last seen to move.
    """
    heard = _heard(beats, now_ms)
    live = [one for one in heard if is_living(one.last, now_ms)]
    live.sort(key=_place)
    workers = _of_kind(ProcessKind.WORKER, live)
    ingresses = _of_kind(ProcessKind.INGRESS, live)

    queues = {}
    for name in sorted(_names(heard)):
        running = _who_run(name, live)
        known = _who_run(name, heard)
        queues[name] = _queue(name, running, known)
    return Fleet(workers, ingresses, queues)


def _of_kind(kind: ProcessKind, live: Iterable[Heard]) -> tuple[Heard, ...]:
    of_this_kind = [one for one in live if one.last.role is kind]
    return tuple(of_this_kind)


def is_living(newest: Beat, now_ms: int) -> bool:
    """Tell by its newest beat whether a process lives."""
    age_ms = now_ms - newest.at
    return age_ms <= DEAD_AFTER_MS and not _is_ahead(newest, now_ms)


def _is_ahead(beat: Beat, now_ms: int) -> bool:
    return beat.at > now_ms + AHEAD_MS


def _when(one: Heard) -> int:
    return one.last.at


def _place(one: Heard) -> tuple[str, str]:
    return one.last.host, one.last.process


def _heard(beats: Iterable[Beat], now_ms: int) -> list[Heard]:
    by_process = attrgetter("process")
    by_time = attrgetter("process", "at")
    known = [beat for beat in beats if not _is_ahead(beat, now_ms)]
    known.sort(key=by_time)

    heard = []
    for _, of_one in groupby(known, by_process):
        in_order = list(of_one)
        first = in_order[0]
        last = in_order[-1]
        heard.append(Heard(first, last))
    return heard


def _names(heard: Iterable[Heard]) -> set[str]:
    names = set[str]()
    for one in heard:
        names.update(one.last.queues)
    return names


def _who_run(name: str, heard: Iterable[Heard]) -> list[Heard]:
    return [one for one in heard if name in one.last.queues]


def _queue(name: str, running: Sequence[Heard], known: Sequence[Heard]) -> QueueNow:
    """Return a queue by the live workers that run it, and by what the dead ones told of it too."""
    now = [one.last.queues[name] for one in running]
    told = [one.last.queues[name] for one in known]
    rates = [_done_a_minute(one, name) for one in running]
    oldest = [beat.oldest_ms for beat in now]
    states = [beat.state for beat in now]
    since = [_waits_since_ms(beat) for beat in told]
    settled = [beat.settled_ms for beat in told]
    slowest = [beat.p95_ms for beat in now]
    held = [beat.held for beat in now]
    halted = [beat.halted for beat in now]

    who_has_it = running
    if not running:
        who_has_it = [max(known, key=_when)]
    behind = [one.last.queues[name].held_ms for one in who_has_it]

    counts = [beat.running for beat in now]
    dead = [beat.dead_hour for beat in now]
    return QueueNow(
        workers=len(now),
        running=sum(counts),
        done_a_minute=sum(rates),
        dead_hour=sum(dead),
        oldest_ms=_earliest(oldest),
        settled_ms=max(settled),
        p95_ms=max(slowest, default=0),
        state=max(states, key=_WORSE.index, default=None),
        waits_since_ms=max(since),
        held=sum(held),
        held_ms=_earliest(behind),
        halted=sum(halted),
    )


def _earliest(times: Iterable[int]) -> int:
    """Return the first of these times; 0 where all are 0, which is none."""
    known = [time for time in times if time]
    return min(known, default=0)


def _done_a_minute(one: Heard, name: str) -> float:
    before = one.first.queues.get(name, QueueBeat())
    now = one.last.queues[name]
    return one.a_minute(before.done, now.done)


def _waits_since_ms(beat: QueueBeat) -> int:
    """Return a time after which the queue's head was received, as far as one worker knows.

    A queue is taken from in its order: what is left came after what was taken, and after any
    moment at which nothing was left.
    """
    moved_ms = max(beat.taken_ms, beat.empty_ms)
    return moved_ms or beat.settled_ms

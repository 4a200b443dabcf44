"""The runs of an ordered partition: each begins when its shop's line says so, and ends for it."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import structlog

from runtime.amqp.link import LOST
from workers import clock
from workers.broker.deciding import Due
from workers.broker.runs import BROKEN_PAUSE, Runs
from workers.broker.telling import TOLD, Follows, Halts, Owed
from workers.broker.under_way import UnderWay
from workers.line import Member
from workers.outcome import Again, Aside, Dead, Deferred
from workers.sequences import Sequences

log = structlog.get_logger()

GONE_CHECK_EVERY = 0.5

Of = Member[UnderWay]


def forget(run: UnderWay) -> None:
    """Tell the broker that nobody needs the message; where it is not ours, it comes again."""
    with suppress(*LOST):
        run.ack()


async def until_gone(sequences: Sequences[UnderWay]) -> None:
    """Return once all that is there now is settled, or the channel lost."""
    left = set(sequences.members)
    while left:
        await asyncio.sleep(GONE_CHECK_EVERY)
        left.intersection_update(sequences.members)


class OrderedRuns:
    """Begins runs of what `sequences` say, while it `may_begin`.

    `start_anew` has all of the partition come again.
    """

    def __init__(
        self,
        sequences: Sequences[UnderWay],
        runs: Runs,
        *,
        may_begin: Callable[[], bool],
        start_anew: Callable[[], None],
    ) -> None:
        self._sequences = sequences
        self._runs = runs
        self._decider = runs.decider
        self._settling = runs.settling
        self._room = runs.room
        self._may_begin = may_begin
        self._start_anew = start_anew
        self._run_of: dict[Of, UnderWay] = {}

    def go_on(self) -> None:
        """Begin all that may be begun now. Never raises."""
        if not self._may_begin():
            return

        now_ms = clock.now_ms()
        if not self._sequences.agenda.has_news(now_ms):
            return

        while member := self._sequences.next_move(now_ms):
            run = _delivery(member)
            self._start(member, run, self._settle(member, run, Follows()))

        while not self._room.is_full and (head := self._sequences.next_run(now_ms)):
            self._begin(head, _delivery(head), now_ms)

    def take_up(self, member: Of, again: UnderWay) -> None:
        """Let the run of a member, if any, go on with a new delivery of its message."""
        run = self._run_of.get(member)
        if run is not None and member.delivery is again:
            run.go_on_with(again)

    def _begin(self, member: Of, run: UnderWay, now_ms: int) -> None:
        self._run_of[member] = run
        run.started_ms = now_ms
        settling = self._settling
        try:
            decided = settling.owed_for(run) or self._decider.decide(run, settling.unsettled)
        except Exception as error:  # noqa: BLE001 - ours: told where all that is broken is
            self._start(member, run, _raise(error))
            return

        if isinstance(decided, Due):
            self._room.enter()
            self._start(member, run, self._attempt(member, decided))
        else:
            self._start(member, run, self._settle(member, run, decided))

    def _start(self, member: Of, run: UnderWay, work: Coroutine[Any, Any, None]) -> None:
        self._runs.start(run, self._guarded(member, work))

    async def _guarded(self, member: Of, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception:
            # Ours, not the handler's: all of the partition comes again, and is counted as failed.
            log.exception("delivery.broken", queue=self._settling.queue.name)
            self._start_anew()
            await asyncio.sleep(BROKEN_PAUSE)
            self._sequences.lost(member)
        finally:
            self._run_of.pop(member, None)

    async def _attempt(self, member: Of, due: Due) -> None:
        try:
            outcome = await self._decider.attempt(due)
        finally:
            self._decider.let_go(due)
            self._room.leave()
        await self._settle(member, due.run, outcome)

    async def _settle(self, member: Of, run: UnderWay, outcome: Owed) -> None:
        is_halted = self._decider.halts and isinstance(outcome, Dead | Halts)
        delay = _delay(outcome)
        stays = is_halted or delay is not None
        run.seat = self._sequences.seat(member) if stays else None
        owed = await self._settling.settle_or_remember(run, outcome)

        if owed not in (None, TOLD):
            self._sequences.lost(member)
        elif run.seat is not None:
            due_ms = clock.now_ms() + int((delay or 0.0) * 1000)
            self._sequences.moved(member, run.seat, due_ms)
        else:
            superfluous = self._sequences.settled(member)
            if superfluous is not None:
                forget(superfluous)


def _delivery(member: Of) -> UnderWay:
    assert member.delivery is not None  # noqa: S101 - nothing begins that is not here
    return member.delivery


def _delay(outcome: Owed) -> float | None:
    """Return the seconds until it is to be attempted, where it is held for that."""
    match outcome:
        case Again() | Deferred() | Aside():
            return outcome.delay
        case Follows():
            return 0.0
        case _:
            return None


async def _raise(error: Exception) -> None:
    raise error

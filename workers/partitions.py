"""The partitions of this process: which it takes from by the division, from moment to moment.

The division says whose a partition is to be. The broker says whose it is: a single active consumer
at a time. A worker that is to have one waits as the next consumer, until the one before it has let
what runs end and has gone. So whatever two workers believe, no two handle one partition at once.
"""

import asyncio
from collections.abc import Awaitable, Callable

from runtime.this_process import PROCESS
from runtime.waiting import set_or_later
from schemas.in_use import layout_of
from schemas.layouts import Layout
from schemas.names import WorkQueue
from workers.broker.intake import Intake
from workers.broker.known import KnownControl
from workers.division import divide
from workers.intakes import Intakes
from workers.roll import Roll

CHECK_EVERY = 1.0
"""Seconds until it is looked again who lives, where nothing is heard."""
SETTLING = 0.5
"""Seconds between two divisions at least: several workers may come or go at once."""


class Partitions:
    """Takes from those that are this process's by the roll; `steer` is called when there are
    further ones.
    """

    def __init__(
        self,
        intakes: Intakes,
        control: KnownControl,
        roll: Roll,
        steer: Callable[[], None],
    ) -> None:
        self._intakes = intakes
        self._control = control
        self._roll = roll
        self._steer = steer
        self._has_left = False
        self._changed = asyncio.Event()
        self._undivided = set(intakes.divided)
        control.listen(self.look_again)

    def divides(self) -> tuple[str, ...]:
        """The consumers and topics of which this process is to get a share."""
        if self._has_left:
            return ()
        return tuple(whole.name for whole in self._intakes.divided)

    @property
    def is_divided(self) -> bool:
        """Whether this process knows which partitions are its own."""
        return not self._undivided

    def look_again(self) -> None:
        """Divide anew soon: something is otherwise than it was."""
        self._changed.set()

    def leave(self) -> None:
        """Want no share any more."""
        self._has_left = True

    async def keep(self, consume: Callable[[Intake], Awaitable[None]]) -> None:
        """Divide, again and again, until cancelled; `consume` is run for each intake."""

        async def run(intake: Intake) -> None:
            await consume(intake)

        async with asyncio.TaskGroup() as consuming:
            while True:
                self._changed.clear()
                grown = self._intakes.grow(self._control.state)
                if grown:
                    self._steer()
                for intake in grown:
                    consuming.create_task(run(intake))

                self.divide()
                await asyncio.sleep(SETTLING)
                await set_or_later(self._changed, CHECK_EVERY)

    def divide(self) -> None:
        """Take from what is ours now, and from nothing else."""
        now = asyncio.get_running_loop().time()
        for whole in self._intakes.divided:
            layout = layout_of(self._control.state, whole)
            workers = self._roll.workers(whole.name, now)
            if layout is None or workers == frozenset():
                continue

            ours = self._ours(whole, layout, workers)
            self._undivided.discard(whole)
            for intake in self._intakes.of(whole):
                intake.take(is_ours=intake.queue.partition in ours)

    def _ours(
        self, whole: WorkQueue, layout: Layout, workers: frozenset[str] | None
    ) -> frozenset[int]:
        """Return the partitions that are ours, of those that are open; all, where nobody can tell
        who else there is.
        """
        if workers is None:
            return layout.open

        owners = divide(whole.name, layout.numbers, workers)
        own = [number for number, worker in owners.items() if worker == PROCESS]
        return layout.open.intersection(own)

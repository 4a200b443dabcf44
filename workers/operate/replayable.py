"""Which letters can be replayed, and may be."""

from collections import defaultdict
from collections.abc import Iterator

from runtime.amqp.link import Connection
from schemas.belonging import queues_for
from schemas.control import ControlState
from schemas.in_use import queues_in_use
from schemas.names import WorkQueue, work_queues
from workers.letter import Letter
from workers.operate.letters import state_of


class Replayable:
    """Tells letters that can be replayed from others, and remembers which others it saw.

    An unrouted one needs a queue to go to. A dead one of a consumer that declares `replay="never"`
    is left alone, unless that is forced.
    """

    def __init__(self, state: ControlState, *, force: bool = False) -> None:
        self._wanted = queues_in_use(state)
        self._never = frozenset[WorkQueue]()
        if not force:
            self._never = frozenset(queue.whole for queue in work_queues(state.never_replayed))
        self._homeless = set[str]()
        self._refused = defaultdict[str, set[str]](set)

    def takes(self, letter: Letter) -> bool:
        """Tell whether the letter can be replayed, and may be."""
        if letter.source.work is None:
            return self._has_home(letter)
        if self.needs_force(letter):
            self._refused[letter.consumer].add(letter.id)
            return False
        return True

    def needs_force(self, letter: Letter) -> bool:
        """Tell whether the letter can be replayed, and may be by force alone."""
        return letter.source.work in self._never

    def homes(self, letter: Letter) -> list[WorkQueue]:
        """Return the queues that a letter goes to: an unrouted one to all that take its topic."""
        key = letter.routing_key
        if letter.source.work is not None:
            key = letter.source.work.name
        return queues_for(key, letter.shop, self._wanted)

    def notices(self) -> Iterator[str]:
        """Yield what was left alone, and why."""
        for consumer, ids in sorted(self._refused.items()):
            yield f'left alone: {len(ids)} of {consumer}, which declares replay="never" (--force)'
        if self._homeless:
            yield f"left alone: {len(self._homeless)} that no consumer has a queue for"

    def _has_home(self, letter: Letter) -> bool:
        if self.homes(letter):
            return True
        self._homeless.add(letter.id)
        return False


async def replayable(connection: Connection, app: str, *, force: bool) -> Replayable:
    """Return what tells, by the app's control log; raises SettingsError where there is none."""
    state = await state_of(connection, app)
    return Replayable(state, force=force)

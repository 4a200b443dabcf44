"""What ordered consumers hold back: seeing it, and why nobody but its worker can move it.

The worker that has a partition has all that is held of it in its hands: a second consumer would get
nothing. So it is the pulse that tells.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from time import time

from runtime.amqp.channels import KeptChannel
from runtime.amqp.link import Connection
from schemas.fleet import Fleet
from schemas.in_use import queues_in_use
from schemas.names import WorkQueue
from schemas.partition_names import held_queue
from schemas.queue_now import QueueNow
from workers.broker.hearing import hear
from workers.broker.standing import standing_if_allowed
from workers.dead_letters import Filter
from workers.letter import Letter
from workers.operate.letters import state_of

WHY_NOT = (
    "What waits of an ordered consumer is in the hands of the worker that has its partition, which "
    "tries it when it is due: `waiting list` shows when. To give up on one, have its handler raise "
    "Reject; to give up on all that are too old, let the consumer have max_age="
)


@dataclass(frozen=True, slots=True)
class Held:
    """The first of each shop's held webhooks that are meant; `untold`: a sentence for each
    partition of which there is more that cannot be shown.
    """

    letters: tuple[Letter, ...] = ()
    untold: tuple[str, ...] = ()


async def ordered_queues(connection: Connection, app: str, wanted: Filter) -> list[WorkQueue]:
    """Return the partitions of ordered consumers that are meant; raises SettingsError."""
    state = await state_of(connection, app)
    return sorted(one for one in queues_in_use(state) if one.ordered and wanted.takes_queue(one))


async def held(connection: Connection, app: str, wanted: Filter) -> Held:
    """Return what is held and meant, as the workers tell that have it; raises SettingsError."""
    queues = await ordered_queues(connection, app, wanted)
    if not queues:
        return Held()

    kept = KeptChannel.on(connection)
    seen = await hear(kept, app, (), int(time() * 1000))
    if seen is None:
        return Held(untold=("what ordered consumers hold is not seen: there is no pulse to read",))

    lying: dict[WorkQueue, int] = {}
    for queue in queues:
        found = await standing_if_allowed(kept, held_queue(queue))
        lying[queue] = found.messages if found and not found.consumers else 0
    letters = tuple(_meant(seen, queues, wanted))
    untold = (*_untold(seen, lying), *_unnamed(seen, wanted, letters))
    return Held(letters, untold)


def _meant(seen: Fleet, queues: Iterable[WorkQueue], wanted: Filter) -> Iterator[Letter]:
    by_name = {queue.name: queue for queue in queues}
    lines = (line for one in seen.workers for line in one.last.lines if line.queue in by_name)
    letters = [Letter.held(by_name[line.queue], line) for line in lines]
    in_order = sorted(letters, key=lambda letter: letter.due_ms)
    meant = [letter for letter in in_order if wanted.takes(letter)]
    yield from meant[: wanted.limit]


def _untold(seen: Fleet, lying: dict[WorkQueue, int]) -> Iterator[str]:
    told: dict[str, int] = {}
    for one in seen.workers:
        for line in one.last.lines:
            told[line.queue] = told.get(line.queue, 0) + 1 + line.behind

    for queue, count in lying.items():
        now = seen.queues.get(queue.name, QueueNow())
        if count:
            yield f"{count} held of {queue.name}, which no worker has: one that runs it shows them"
        elif now.held > told.get(queue.name, 0):
            yield f"{now.held} held of {queue.name}, and only the longest lines are shown"


def _unnamed(seen: Fleet, wanted: Filter, letters: tuple[Letter, ...]) -> Iterator[str]:
    is_behind = any(line.behind for one in seen.workers for line in one.last.lines)
    if wanted.id and not letters and is_behind:
        yield "of what is held, the first of each shop is told by its id: --shop shows it"


def left_alone(found: Held) -> str:
    """Say how much is held that nobody moves; the empty text where nothing is."""
    count = sum(1 + letter.behind for letter in found.letters)
    if not count:
        return ""
    names = ", ".join(sorted({letter.consumer for letter in found.letters}))
    return f"left alone: {count} that {names} holds back. {WHY_NOT}"

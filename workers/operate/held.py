"""What ordered consumers hold back: seeing it, and why nobody but its worker can move it.

The worker that has a partition has all that is held of it in its hands: a second consumer would get
nothing. So it is the pulse that tells.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from time import time

from runtime.amqp.channels import KeptChannel, keeping
from runtime.amqp.link import Connection
from schemas.fleet import Fleet
from schemas.held_lines import HeldLine
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
    known = sorted(queues_in_use(state))
    return [queue for queue in known if queue.ordered and wanted.takes_queue(queue)]


async def held(connection: Connection, app: str, wanted: Filter) -> Held:
    """Return what is held and meant, as the workers tell that have it; raises SettingsError."""
    queues = await ordered_queues(connection, app, wanted)
    if not queues:
        return Held()

    now_ms = int(time() * 1000)
    async with keeping(connection) as kept:
        seen = await hear(kept, app, (), now_ms)
        if seen is None:
            untold = "what ordered consumers hold is not seen: there is no pulse to read"
            return Held(untold=(untold,))

        lying = {queue: await _lying(kept, queue) for queue in queues}
    return shown(seen, lying, wanted)


async def _lying(kept: KeptChannel, queue: WorkQueue) -> int:
    """Return how much is held of a partition by nobody."""
    found = await standing_if_allowed(kept, held_queue(queue))
    if found is None or found.consumers:
        return 0
    return found.messages


def shown(seen: Fleet, lying: Mapping[WorkQueue, int], wanted: Filter) -> Held:
    """Return what the fleet tells of partitions; `lying`: of each, what is held by nobody."""
    lines = [line for one in seen.workers for line in one.last.lines]
    letters = _meant(lines, lying, wanted)

    untold = [*_untold(seen, lines, lying)]
    is_behind = any(line.behind for line in lines)
    if wanted.id and not letters and is_behind:
        untold.append("of what is held, the first of each shop is told by its id: --shop shows it")
    return Held(tuple(letters), tuple(untold))


def _meant(lines: Iterable[HeldLine], queues: Iterable[WorkQueue], wanted: Filter) -> list[Letter]:
    by_name = {queue.name: queue for queue in queues}
    found: list[Letter] = []
    for line in lines:
        queue = by_name.get(line.queue)
        if queue is None:
            continue

        letter = Letter.held(queue, line)
        if wanted.takes(letter):
            found.append(letter)

    found.sort(key=_due_ms)
    return found[: wanted.limit]


def _due_ms(letter: Letter) -> int:
    return letter.due_ms


def _untold(
    seen: Fleet, lines: Iterable[HeldLine], lying: Mapping[WorkQueue, int]
) -> Iterator[str]:
    told = Counter[str]()
    for line in lines:
        told[line.queue] += 1 + line.behind

    for queue, count in lying.items():
        now = seen.queues.get(queue.name, QueueNow())
        if count:
            yield f"{count} held of {queue.name}, which no worker has: one that runs it shows them"
        elif now.held > told[queue.name]:
            yield f"{now.held} held of {queue.name}, and only the longest lines are shown"


def left_alone(found: Held) -> str:
    """Say how much is held that nobody moves; the empty text where nothing is."""
    count = sum(1 + letter.behind for letter in found.letters)
    if not count:
        return ""
    consumers = {letter.consumer for letter in found.letters}
    names = ", ".join(sorted(consumers))
    return f"left alone: {count} that {names} holds back. {WHY_NOT}"

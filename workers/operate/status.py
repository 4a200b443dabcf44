"""How an app is doing: read from its control log, its pulse and the depths of its queues."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from time import time

from runtime.amqp.channels import KeptChannel
from runtime.amqp.link import Connection
from schemas.control import ControlState
from schemas.fleet import Fleet
from schemas.in_force import in_force
from schemas.in_use import queues_in_use
from schemas.ladder import LADDER
from schemas.names import WorkQueue, retry_exchange, unrouted_queue, work_queues
from schemas.orders import Subject
from schemas.partition_names import held_queue
from workers.broker import control
from workers.broker.hearing import hear
from workers.broker.standing import Standings
from workers.broker.version import check_version
from workers.operate.row_states import Depth
from workers.operate.rows import (
    Table,
    Unrouted,
    door_row,
    queue_row,
    topics_without_queue,
)
from workers.operate.whole_rows import Row, gathered

Depths = Mapping[str, Depth | None]


@dataclass(frozen=True, slots=True)
class _Found:
    """What was read; the fleet is None where there is no pulse to read."""

    app: str
    at: int
    state: ControlState
    queues: tuple[WorkQueue, ...]
    depths: Depths
    fleet: Fleet | None


@dataclass(frozen=True, slots=True)
class Seen:
    """How an app was doing at a moment, and what that was read from."""

    table: Table
    state: ControlState
    fleet: Fleet


async def status(connection: Connection, app: str) -> Table:
    """Return how an app is doing now; raises as `StatusReader.read` does."""
    reader = StatusReader(connection, app)
    seen = await reader.read()
    return seen.table


class StatusReader:
    """Reads how an app is doing, again and again, on channels that it keeps."""

    def __init__(self, connection: Connection, app: str) -> None:
        self._app = app
        self._kept = KeptChannel.on(connection)
        self._standings = Standings(connection)
        self._state: ControlState | None = None

    async def read(self) -> Seen:
        """Return how the app is doing now.

        Raises TopologyDiffersError where the broker holds the app's names in another version.
        """
        self._state = await control.read(await self._kept.get(), self._app, self._state)
        await check_version(self._kept, self._app, self._state)

        known = self._state or ControlState()
        in_order = sorted(work_queues(known.queues))
        queues = tuple(in_order)
        ordered = [queue for queue in queues if known.queues[queue.name].ordered]
        depths = await self._depths(queues, ordered)
        now_ms = int(time() * 1000)
        backlog = _with_backlog(queues, depths)
        heard = await hear(self._kept, self._app, backlog, now_ms)
        found = _Found(self._app, now_ms, known, queues, depths, heard)
        return Seen(_table(found), known, heard or Fleet())

    async def _depths(self, queues: Iterable[WorkQueue], ordered: Iterable[WorkQueue]) -> Depths:
        names = [unrouted_queue(self._app), *map(held_queue, ordered)]
        for rung in LADDER:
            name = retry_exchange(self._app, rung)
            names.append(name)
        for queue in queues:
            names += [queue.name, queue.dead]

        depths: dict[str, Depth | None] = {}
        all_found = await self._standings.of(dict.fromkeys(names))  # partitions share dead letters
        for name, found in all_found.items():
            depths[name] = None
            if found is not None:
                depths[name] = Depth(found.messages, found.consumers)
        return depths


def _with_backlog(queues: Iterable[WorkQueue], depths: Depths) -> list[str]:
    return [
        queue.name
        for queue in queues
        if _ready(depths, queue.name) or _ready(depths, held_queue(queue))
    ]


def _ready(depths: Depths, name: str) -> int:
    depth = depths.get(name)
    if depth is None:
        return 0
    return depth.ready


def _table(found: _Found) -> Table:
    seen = found.fleet or Fleet()
    processes = (*seen.workers, *seen.ingresses)
    versions = Counter(one.last.version for one in processes)
    in_use = queues_in_use(found.state)
    waiting = {rung: _ready(found.depths, retry_exchange(found.app, rung)) for rung in LADDER}
    return Table(
        app=found.app,
        at=found.at,
        queues=tuple(gathered(_rows(found, seen, in_use), seen)),
        doors=tuple(map(door_row, seen.ingresses)),
        unrouted=_unrouted(found, seen, in_use),
        waiting={rung: count for rung, count in waiting.items() if count},
        versions=dict(versions),
        has_pulse=found.fleet is not None,
    )


def _rows(found: _Found, seen: Fleet, in_use: frozenset[WorkQueue]) -> Iterable[Row]:
    """Yield the rows of the queues in use, and of retired ones in which something is left."""
    for queue in found.queues:
        is_retired = queue not in in_use
        places = (queue.name, held_queue(queue), queue.dead)
        is_left = any(_ready(found.depths, name) for name in places)
        if is_retired and not is_left:
            continue

        now = seen.queues.get(queue.name)
        row = queue_row(
            queue,
            now,
            found.depths,
            found.at,
            is_retired=is_retired,
            pause=in_force(found.state, Subject.PAUSE, queue, found.at),
            opened=in_force(found.state, Subject.BREAKER, queue, found.at),
        )
        yield queue, row


def _unrouted(found: _Found, seen: Fleet, in_use: frozenset[WorkQueue]) -> Unrouted:
    depth = found.depths.get(unrouted_queue(found.app))
    count = None
    if depth is not None:
        count = depth.ready

    topics = topics_without_queue(seen, in_use)
    return Unrouted(count, topics)

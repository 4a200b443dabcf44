"""The page of processes: every worker and ingress that lives, by its last beat."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from schemas.fleet import Fleet, Heard
from schemas.names import WorkQueue
from schemas.pulse import QueueBeat, QueueState
from workers.console.site import Asking, Site


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """A worker process; `states` are those of its queues that are not simply consumed."""

    process: str
    host: str
    version: str
    started: int
    heard_ms: int
    consumers: tuple[str, ...]
    queues: int
    running: int
    done_a_minute: float
    dead_hour: int
    states: tuple[tuple[str, int], ...]


async def processes(site: Site, _: Asking) -> Mapping[str, Any]:
    """Return what the page shows."""
    seen = site.watch.seen
    fleet = Fleet()
    if seen is not None:
        fleet = seen.fleet
    rows = tuple(map(worker_row, fleet.workers))
    return {"workers": rows, "ingresses": fleet.ingresses}


def worker_row(heard: Heard) -> WorkerRow:
    """Return the row of a worker."""
    last = heard.last
    own = {name: beat for name, beat in last.queues.items() if beat.state is not QueueState.AWAY}
    consumers = {queue.consumer for queue in map(WorkQueue.parse, own) if queue is not None}
    running = [beat.running for beat in own.values()]
    died = [beat.dead_hour for beat in own.values()]
    return WorkerRow(
        process=last.process,
        host=last.host,
        version=last.version,
        started=last.started,
        heard_ms=last.at,
        consumers=tuple(sorted(consumers)),
        queues=len(own),
        running=sum(running),
        done_a_minute=sum(_rates(heard)),
        dead_hour=sum(died),
        states=_states(own),
    )


def _rates(heard: Heard) -> Iterator[float]:
    for name, beat in heard.last.queues.items():
        before = heard.first.queues.get(name, QueueBeat())
        yield heard.a_minute(before.done, beat.done)


def _states(queues: Mapping[str, QueueBeat]) -> tuple[tuple[str, int], ...]:
    states = [beat.state for beat in queues.values()]
    counted = Counter(state.value for state in states if state is not QueueState.CONSUMING)
    return tuple(counted.most_common())

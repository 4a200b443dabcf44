"""`hookline-workers topology retire`: end the queues of a consumer, or of one topic of it."""

from time import time

from runtime.amqp.channels import KeptChannel, channel_of
from runtime.amqp.confirms import NotPublished
from runtime.amqp.link import Connection, connected
from runtime.lifetime import DONE, FAILED
from schemas import control
from schemas.control import State
from schemas.names import WorkQueue, work_queues
from workers.broker import control as control_log
from workers.broker.publisher import Publisher
from workers.broker.retire import Retiring, look_at, retire
from workers.broker.upkeep import HOST
from workers.dead_letters import Filter
from workers.settings import Settings, SettingsError


async def run(
    settings: Settings, wanted: Filter, *, to: str | None, drop: bool, dry_run: bool
) -> int:
    """Retire what is meant; return the exit code. Raises SettingsError where that is not said well
    enough.
    """
    async with connected(settings.amqp_url, "topology") as connection:
        kept = KeptChannel.on(connection)
        state = await control_log.read(await kept.get(), settings.app) or State()
        found = [await look_at(kept, queue) for queue in _chosen(state, wanted, settings.app)]
        if busy := [one for one in found if one.consumers]:
            print(
                f"{busy[0].queue.name} is consumed by {busy[0].consumers} workers: stop them, or leave it"
            )
            return FAILED

        successors = {one.queue: _successor(state, one.queue, to) for one in found}
        if not dry_run and to is None and not drop and any(one.left for one in found):
            _show(found, "holds")
            raise SettingsError(
                "say what becomes of them: --to CONSUMER moves them, --drop drops them (--dry-run shows)"
            )
        if dry_run:
            _show(found, f"would move to {to}:" if to else "would drop")
            return DONE
        return await _retire(connection, settings, found, successors)


def _chosen(state: State, wanted: Filter, app: str) -> list[WorkQueue]:
    known = [queue for queue in work_queues(state.queues) if queue.app == app]
    wanted.check(known)
    return sorted(queue for queue in known if wanted.takes_queue(queue))


def _successor(state: State, queue: WorkQueue, to: str | None) -> WorkQueue | None:
    """Return the queue of the other consumer that takes the same; raises SettingsError where there
    is none.
    """
    if to is None:
        return None
    successor = WorkQueue(queue.app, to, queue.topic)
    if successor.name not in state.wanted:
        raise SettingsError(
            f"--to {to}: no worker has declared {successor.name}; start one, or `topology declare` it"
        )
    return successor


async def _retire(
    connection: Connection,
    settings: Settings,
    found: list[Retiring],
    successors: dict[WorkQueue, WorkQueue | None],
) -> int:
    publisher = Publisher.on(connection, settings.confirm_timeout)
    names = [one.queue.name for one in found]
    try:
        # First of all, so that no worker declares them again.
        await control_log.write(
            publisher, settings.app, control.retired(names, by=HOST, at=int(time() * 1000))
        )
        for one in found:
            async with channel_of(connection) as channel:
                count = await retire(channel, publisher, one, successors[one.queue])
            print(
                f"{one.queue.name}: retired, {count} {'dropped' if successors[one.queue] is None else 'moved'}"
            )
    except NotPublished as error:
        print(f"not done, nothing is lost, run it again: {error}")
        return FAILED
    return DONE


def _show(found: list[Retiring], verb: str) -> None:
    for one in found:
        work, dead = ((0 if side is None else side.messages) for side in (one.work, one.dead))
        print(f"{one.queue.name}: {verb} {work} waiting, {dead} dead")

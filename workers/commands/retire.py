"""`hookline-workers topology retire`: end the queues of a consumer, or of one topic of it."""

from time import time

from runtime.amqp.channels import KeptChannel, channel_of
from runtime.amqp.confirms import NotPublished
from runtime.amqp.link import Connection, connected
from runtime.exit_codes import DONE, FAILED
from schemas import control_records
from schemas.control import ControlState
from schemas.in_use import queues_in_use
from schemas.names import WorkQueue, work_queues
from workers.broker import control as control_log
from workers.broker.publisher import Publisher
from workers.broker.retire import Retiring, delete_exchanges, look_at, retire
from workers.broker.standing import Standing
from workers.broker.writing_down import THIS_HOST
from workers.dead_letters import Filter
from workers.settings import Settings, SettingsError


async def retire_queues(
    settings: Settings, wanted: Filter, *, to: str | None, drop: bool, dry_run: bool
) -> int:
    """Retire the queues that are meant; return the exit code.

    Raises SettingsError where it is not said well enough which, or what becomes of what they hold.
    """
    async with connected(settings.amqp_url, "topology") as connection:
        kept = KeptChannel.on(connection)
        channel = await kept.get()
        state = await control_log.read(channel, settings.app) or ControlState()
        chosen = _chosen(state, wanted, settings.app)
        found = await look_at(kept, chosen)
        for one in found:
            if one.consumers:
                print(
                    f"{one.queue.name} is consumed by {one.consumers} workers: "
                    "stop them, or leave it"
                )
                return FAILED

        successors = {one.queue: _successors(state, one.queue, to) for one in found}
        if dry_run:
            fate = "would drop"
            if to:
                fate = f"would move to {to}:"
            _show(found, fate)
            return DONE

        _check_fate(found, is_said=drop or to is not None)
        return await _retire(connection, settings, found, successors)


def _check_fate(found: list[Retiring], *, is_said: bool) -> None:
    """Raise SettingsError where queues hold something, and nobody said what becomes of it."""
    if is_said or not any(one.left for one in found):
        return

    _show(found, "holds")
    raise SettingsError(
        "say what becomes of them: --to CONSUMER moves them, --drop drops them (--dry-run shows)"
    )


def _chosen(state: ControlState, wanted: Filter, app: str) -> list[WorkQueue]:
    of_the_app = [queue for queue in work_queues(state.queues) if queue.app == app]
    wanted.check(of_the_app)
    chosen = [queue for queue in of_the_app if wanted.takes_queue(queue)]
    return sorted(chosen)


def _successors(state: ControlState, queue: WorkQueue, to: str | None) -> list[WorkQueue]:
    """Return the queue of the consumer `to` that takes the same, or its partitions; none where none
    is asked for.

    Raises SettingsError where that consumer has no such queue.
    """
    if to is None:
        return []

    whole = WorkQueue(queue.app, to, queue.topic)
    successors = sorted(known for known in queues_in_use(state) if known.whole == whole)
    if not successors:
        raise SettingsError(
            f"--to {to}: no worker has declared {whole.name}; start one, or `topology declare` it"
        )
    return successors


async def _retire(
    connection: Connection,
    settings: Settings,
    found: list[Retiring],
    successors: dict[WorkQueue, list[WorkQueue]],
) -> int:
    publisher = Publisher.on(connection, settings.confirm_timeout)
    queues = [one.queue for one in found]
    names = [queue.name for queue in queues]
    try:
        # First of all, so that no worker declares them again.
        now_ms = int(time() * 1000)
        record = control_records.retired(names, by=THIS_HOST, at=now_ms)
        await control_log.write(publisher, settings.app, record)

        for one in found:
            to = successors[one.queue]
            async with channel_of(connection) as channel:
                count = await retire(channel, publisher, one, to)
            fate = "moved" if to else "dropped"
            print(f"{one.queue.name}: retired, {count} {fate}")

        async with channel_of(connection) as channel:
            await delete_exchanges(channel, queues)
    except NotPublished as error:
        print(f"not done, nothing is lost, run it again: {error}")
        return FAILED

    return DONE


def _show(found: list[Retiring], verb: str) -> None:
    for one in found:
        work = _messages(one.work) + _messages(one.held)
        dead = _messages(one.dead)
        print(f"{one.queue.name}: {verb} {work} waiting, {dead} dead")


def _messages(side: Standing | None) -> int:
    if side is None:
        return 0
    return side.messages

"""`hookline-workers dead-letters`: list, show, replay."""

import json
import sys
from contextlib import aclosing
from typing import Any

from runtime.amqp.channels import KeptChannel
from runtime.amqp.confirms import NotPublished
from runtime.amqp.declare import TopologyDiffersError
from runtime.amqp.link import Connection, connected
from schemas.names import WorkQueue, work_queues
from schemas.printable import printable, printable_block, printable_json
from workers.broker import browse, control
from workers.broker.publisher import Publisher
from workers.broker.standing import MayNotAsk, standing
from workers.broker.version import check_version
from workers.dead_letters import Filter, find, page, row
from workers.settings import Settings, SettingsError

COLUMNS = ("id", "consumer", "topic", "reason", "attempt", "replays", "died", "shop", "error")


async def run(
    action: str, settings: Settings, wanted: Filter, limit: int | None, *, as_json: bool
) -> int:
    """Do the action for the dead letters that are meant; return the exit code."""
    if action == "replay" and not (wanted.id or (wanted.consumer and wanted.topic)):
        raise SettingsError(
            "say what to replay: --id ID, or --consumer C and --topic T for all of a queue"
        )
    if action == "show" and not wanted.id:
        raise SettingsError("say which: --id ID (dead-letters list shows them)")
    async with connected(settings.amqp_url, "dead-letters") as connection:
        queues = await _queues(connection, settings.app, wanted)
        if action == "replay":
            return await _replay(connection, settings, queues, wanted, limit, as_json=as_json)
        describe, found = (page if action == "show" else row), 0
        async with aclosing(find(connection, queues, wanted, limit)) as letters:
            async for queue, letter in letters:
                found += 1
                _print(describe(queue, letter), as_json=as_json, header=found == 1)
    if not found:
        print(
            "no dead letter" + (f" with id {printable(wanted.id)}" if wanted.id else ""),
            file=sys.stderr,
        )
    return 0 if found or action == "list" else 1


async def _queues(connection: Connection, app: str, wanted: Filter) -> set[WorkQueue]:
    """Return the queues to look through: those that the control log tells of, retired ones too."""
    kept = KeptChannel.on(connection)
    state = await control.read(await kept.get(), app)
    try:
        await check_version(kept, app, state)
    except TopologyDiffersError as error:
        raise SettingsError(str(error)) from error
    if state is None:
        raise SettingsError(
            f"the broker holds no consumer's queues of an app {app!r}; see HOOKLINE_APP and HOOKLINE_AMQP_URL"
        )

    known = work_queues(state.queues)
    wanted.check(known)
    return {queue for queue in known if wanted.takes_queue(queue)}


async def _replay(
    connection: Connection,
    settings: Settings,
    queues: set[WorkQueue],
    wanted: Filter,
    limit: int | None,
    *,
    as_json: bool,
) -> int:
    publisher, replayed = Publisher.on(connection, settings.confirm_timeout), 0
    kept, told = KeptChannel.on(connection), set[WorkQueue]()
    async with aclosing(find(connection, queues, wanted, limit)) as letters:
        async for queue, letter in letters:
            if queue not in told:
                told.add(queue)
                if not await _can_take(kept, queue):
                    return 1
            try:
                await browse.replay(publisher, queue, letter)
            except NotPublished as error:
                print(
                    f"not replayed, still dead: {printable(row(queue, letter)['id'])}: {error}",
                    file=sys.stderr,
                )
                return 1
            replayed += 1
            _print(row(queue, letter), as_json=as_json, header=replayed == 1)
    print(f"{replayed} replayed", file=sys.stderr)
    return 0 if replayed else 1


async def _can_take(kept: KeptChannel, queue: WorkQueue) -> bool:
    """Say where a replay would not lead to a handler; tell whether it has a place to go to at all.

    Who may not see the queue replays in good faith: while there is none, the webhook lies unrouted.
    """
    try:
        found = await standing(kept, queue.name)
    except MayNotAsk:
        return True
    if found is None:
        print(
            f"not replayed: the queue {queue.name} is gone; run its consumer, or `topology declare` it",
            file=sys.stderr,
        )
    elif not found.consumers:
        print(
            f"nobody consumes {queue.name}: what is replayed waits there until somebody does",
            file=sys.stderr,
        )
    return found is not None


def _print(described: dict[str, Any], *, as_json: bool, header: bool) -> None:
    """Print a letter. What strangers wrote moves no cursor and forges no row; in JSON nothing is
    lost by that.
    """
    if as_json:
        print(_json(described))
    elif "headers" in described:
        for name, value in described.items():
            print(f"{name}: {_shown(value)}")
    else:
        if header:
            print("  ".join(COLUMNS))
        print("  ".join(printable(str(described[name])) or "-" for name in COLUMNS))


def _shown(value: object) -> str:
    """Return a value for a terminal; its further lines are indented, so that none looks like
    another value's first.
    """
    if isinstance(value, dict):
        return _json(value)

    return printable_block(str(value)).replace("\n", "\n  ")


def _json(value: dict[str, Any]) -> str:
    return printable_json(json.dumps(value, default=str, separators=(",", ":")))

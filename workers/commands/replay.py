"""`hookline-workers dead-letters replay`: put dead letters back on their queue."""

import sys
from contextlib import aclosing

from runtime.amqp.channels import KeptChannel
from runtime.amqp.confirms import NotPublished
from runtime.amqp.link import Connection, connected
from runtime.exit_codes import DONE, FAILED
from schemas.names import WorkQueue
from schemas.printable import printable
from workers.broker.letters import find, replay
from workers.broker.publisher import Publisher
from workers.broker.standing import MayNotAsk, standing
from workers.commands.dead_letters import print_row, queues_of
from workers.dead_letters import Filter, row
from workers.settings import Settings, SettingsError


async def replay_letters(
    settings: Settings, wanted: Filter, limit: int | None, *, as_json: bool
) -> int:
    """Replay the dead letters that are meant, and print each; return the exit code."""
    is_said = wanted.id or (wanted.consumer and wanted.topic)
    if not is_said:
        raise SettingsError(
            "say what to replay: --id ID, or --consumer C and --topic T for all of a queue"
        )

    async with connected(settings.amqp_url, "dead-letters") as connection:
        queues = await queues_of(connection, settings.app, wanted)
        return await _replay(connection, settings, queues, wanted, limit, as_json=as_json)


async def _replay(
    connection: Connection,
    settings: Settings,
    queues: set[WorkQueue],
    wanted: Filter,
    limit: int | None,
    *,
    as_json: bool,
) -> int:
    publisher = Publisher.on(connection, settings.confirm_timeout)
    kept = KeptChannel.on(connection)
    looked_at = set[WorkQueue]()
    replayed = 0
    async with aclosing(find(connection, queues, wanted, limit)) as letters:
        async for queue, letter in letters:
            if queue not in looked_at:
                looked_at.add(queue)
                if not await _can_take(kept, queue):
                    return FAILED

            described = row(queue, letter)
            try:
                await replay(publisher, queue, letter)
            except NotPublished as error:
                webhook_id = printable(described["id"])
                print(f"not replayed, still dead: {webhook_id}: {error}", file=sys.stderr)
                return FAILED
            print_row(described, as_json=as_json, is_first=replayed == 0)
            replayed += 1

    print(f"{replayed} replayed", file=sys.stderr)
    if replayed:
        return DONE
    return FAILED


async def _can_take(kept: KeptChannel, queue: WorkQueue) -> bool:
    """Tell whether a replay has a queue to go to; say where no handler will take it from there.

    Who may not see the queue replays in good faith: while there is none, the webhook lies unrouted.
    """
    try:
        found = await standing(kept, queue.name)
    except MayNotAsk:
        return True

    if found is None:
        print(
            f"not replayed: the queue {queue.name} is gone; "
            "run its consumer, or `topology declare` it",
            file=sys.stderr,
        )
        return False
    if not found.consumers:
        print(
            f"nobody consumes {queue.name}: what is replayed waits there until somebody does",
            file=sys.stderr,
        )
    return True

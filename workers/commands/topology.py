"""`hookline-workers topology` and `check`: show, declare, verify, export."""

from collections import Counter
from collections.abc import Iterable
from time import time
from typing import Any

import orjson

from runtime.amqp.channels import KeptChannel
from runtime.amqp.declare import TopologyDiffersError, declare, take_away, verify
from runtime.amqp.link import Connection, connected
from runtime.lifetime import DIFFERS, DONE, FAILED
from schemas import control
from schemas.control import State
from schemas.names import WorkQueue, contested, queues_for, unrouted_queue
from schemas.topology import VERSION, Topology, guards, topology
from workers.broker import control as control_log
from workers.broker.browse import held
from workers.broker.publisher import Publisher
from workers.broker.standing import standing_if_allowed
from workers.broker.upkeep import HOST
from workers.broker.version import check_version
from workers.settings import Settings

SEARCHED = 5_000
"""Unrouted webhooks that `check` looks at."""


async def run(action: str, settings: Settings, queues: Iterable[WorkQueue]) -> int:
    """Do the action for the app's whole topology with these queues; return the exit code."""
    own = sorted(queues)
    whole = topology(settings.app, own)
    if action == "show":
        print(tree(whole))
        return DONE
    if action == "export":
        print(orjson.dumps(definitions(whole, settings.vhost), option=orjson.OPT_INDENT_2).decode())
        return DONE

    async with connected(settings.amqp_url, "topology") as connection:
        kept = KeptChannel.on(connection)
        state = await control_log.read(await kept.get(), settings.app)
        try:
            await check_version(kept, settings.app, state)
            if action == "declare":
                await _declare(connection, kept, settings, own, state or State())
            else:
                await verify(kept, whole)
            print(
                f"{len(whole.exchanges)} exchanges and {len(whole.queues)} queues are as they should be"
            )
            code = DONE
        except TopologyDiffersError as error:
            print(f"differs:\n{error}")
            code = FAILED if action == "declare" else DIFFERS
        if action == "check":
            code = max(code, await _check(connection, kept, settings.app, own, state))
        return code


async def _declare(
    connection: Connection,
    kept: KeptChannel,
    settings: Settings,
    own: list[WorkQueue],
    state: State,
) -> None:
    new = [queue for queue in own if queue.name not in state.wanted]
    await declare(kept, topology(settings.app, own), guards(settings.app, contested(new)))
    await take_away(kept, guards(settings.app, own))

    names = [queue.name for queue in own]
    record = control.declared(state, names, topology=VERSION, by=HOST, at=int(time() * 1000))
    if record is not None:
        await control_log.write(
            Publisher.on(connection, settings.confirm_timeout), settings.app, record
        )


async def _check(
    connection: Connection, kept: KeptChannel, app: str, own: list[WorkQueue], state: State | None
) -> int:
    """Say what no comparison of arguments shows: queues that nobody consumes, bindings that must be
    missing.
    """
    known = {queue.name: queue for queue in own}
    for name, fact in sorted((state or State()).queues.items()):
        found = await standing_if_allowed(kept, name)
        queue = WorkQueue.parse(name)
        if found is None or queue is None:
            continue
        if not fact.retired:
            known[name] = queue
        if not found.consumers:
            told = (
                "retired, and still there" if fact.retired else f"last run by {fact.by or 'nobody'}"
            )
            print(f"queue {name}: {found.messages} waiting, consumed by nobody ({told})")

    stray = await _stray(connection, app, known.values())
    for name, count in sorted(stray.items()):
        print(
            f"queue {name}: {count} of its webhooks lie unrouted: no worker runs, or a binding is missing"
        )
    return DIFFERS if stray else DONE


async def _stray(connection: Connection, app: str, queues: Iterable[WorkQueue]) -> Counter[str]:
    """Count by queue what lies unrouted though the queue is there for it."""
    known = tuple(queues)
    stray = Counter[str]()
    looked = 0
    async with held(connection, unrouted_queue(app)) as messages:
        async for message in messages:
            stray.update(queue.name for queue in queues_for(message.routing_key, known))
            looked += 1
            if looked >= SEARCHED:
                break
    return stray


def tree(whole: Topology) -> str:
    """Draw it: each exchange, and under it the queues bound to it with key and arguments."""
    arguments = {queue.name: queue.arguments for queue in whole.queues}
    lines = []
    for exchange in whole.exchanges:
        lines.append(f"{exchange.name}  ({exchange.type}){_listed(exchange.arguments)}")
        for binding in (one for one in whole.bindings if one.exchange == exchange.name):
            key = f"{binding.routing_key} → " if binding.routing_key else ""
            lines.append(f"  └─ {key}{binding.queue}{_listed(arguments[binding.queue])}")
    return "\n".join(lines)


def definitions(whole: Topology, vhost: str) -> dict[str, Any]:
    """Return RabbitMQ's definitions (`rabbitmqctl import_definitions`); an import never deletes."""
    durable = {"vhost": vhost, "durable": True, "auto_delete": False}
    return {
        "exchanges": [
            {
                "name": one.name,
                "type": one.type,
                "internal": False,
                "arguments": one.arguments,
                **durable,
            }
            for one in whole.exchanges
        ],
        "queues": [
            {"name": one.name, "arguments": one.arguments, **durable} for one in whole.queues
        ],
        "bindings": [
            {
                "source": one.exchange,
                "vhost": vhost,
                "destination": one.queue,
                "destination_type": "queue",
                "routing_key": one.routing_key,
                "arguments": {},
            }
            for one in whole.bindings
        ],
    }


def _listed(arguments: dict[str, Any]) -> str:
    hidden = ("x-queue-type", "quorum")
    shown = [
        f"{name.removeprefix('x-')}={value}"
        for name, value in arguments.items()
        if (name, value) != hidden
    ]
    return f"  [{', '.join(shown)}]" if shown else ""

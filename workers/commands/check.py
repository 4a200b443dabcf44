"""`hookline-workers check`: settings, consumers and broker; changes nothing."""

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from yarl import URL

from runtime.amqp.channels import KeptChannel
from runtime.amqp.link import Connection, connected
from runtime.amqp.permitted import reading, refused
from runtime.amqp.versions import findings_of_version
from runtime.exit_codes import DIFFERS
from runtime.finding import Findings
from runtime.hiding import NAMES, told_hidden
from runtime.missing_permissions import findings_of_permissions
from schemas import headers as webhook_headers
from schemas.belonging import queues_for
from schemas.control import ControlState
from schemas.in_use import queues_in_use
from schemas.names import WorkQueue, control_stream, unrouted_queue
from schemas.queue_facts import QueueFact
from schemas.roles import Role
from workers.breaker import told_breaker
from workers.broker import control as control_log
from workers.broker.arrivals import none
from workers.broker.browse import browsing
from workers.broker.needed import needed_by_worker
from workers.broker.standing import Standing, standing_if_allowed
from workers.commands.asked_stores import findings_of_stores
from workers.commands.topology import compare
from workers.consumer import Consumer
from workers.doubtful_consumers import findings_of_consumers
from workers.once import told_once
from workers.own_queues import OwnQueues
from workers.settings import Settings

SEARCHED = 5_000
"""Unrouted webhooks that `check` looks at."""


class DeclaredQueue(NamedTuple):
    """A work queue that is there, what the control log says of it, and how it stands."""

    queue: WorkQueue
    fact: QueueFact
    standing: Standing


async def check(settings: Settings, consumers: Sequence[Consumer[Any]]) -> int:
    """Say what the consumers are, what is found, and what on the broker is not as they need it.

    Return the exit code: 3 where the broker differs, 1 where something else is wrong.
    """
    _warn_of_hidden_packages()
    for one in consumers:
        print(described(one))

    own: list[WorkQueue] = []
    for one in consumers:
        own += one.queues(settings.app)
    own.sort()

    found = Findings()
    found.add(findings_of_consumers(consumers, settings.drain_timeout))
    found.add(await findings_of_stores(consumers))
    async with connected(settings.amqp_url, "topology") as connection:
        kept_from = await _find(connection, settings, own, found)
        for line in found.lines():
            print(line)

        # Whoever may not read these sees nothing of the rest.
        if {
            reading(control_stream(settings.app)),
            reading(unrouted_queue(settings.app)),
        } & kept_from:
            return found.exit_code
        code = await _compare(connection, settings, OwnQueues.of(settings.app, consumers))
        return code or found.exit_code


async def _find(
    connection: Connection, settings: Settings, own: Sequence[WorkQueue], found: Findings
) -> set[str]:
    """Find out about the broker's version, and return what a worker may not do there."""
    kept = KeptChannel.on(connection)
    channel = await kept.get()
    found.add(findings_of_version(channel.connection.server_properties))

    role = Role.DECLARER
    if settings.declare == "verify":
        role = Role.WORKER
    kept_from = await refused(connection, needed_by_worker(settings.app, own))
    url = URL(settings.amqp_url[0])
    found.add(findings_of_permissions(url, settings.app, role, kept_from))
    return set(kept_from)


async def _compare(connection: Connection, settings: Settings, own: OwnQueues) -> int:
    """Say what on the broker is not as the consumers need it; return the exit code."""
    kept = KeptChannel.on(connection)
    channel = await kept.get()
    read = await control_log.read(channel, settings.app)
    compared = await compare(kept, settings, own, read)

    state = read or ControlState()
    _tell_differing(own, state)
    declared = await _declared_queues(kept, state)
    _tell_unconsumed(declared)

    there = {one.queue for one in declared}
    in_use = queues_in_use(state) & there
    stray = await _stray(connection, settings.app, own.queues(state) | in_use)
    for name, count in sorted(stray.items()):
        print(
            f"queue {name}: {count} of its webhooks lie unrouted: "
            "no worker runs, or a binding is missing"
        )
    if stray:
        return DIFFERS
    return compared


def described(consumer: Consumer[Any]) -> str:
    """Return a line that says what a consumer takes, as what, and how much of it at once."""
    payload = consumer.payload
    kind = str(payload)
    if isinstance(payload, type):
        kind = payload.__name__
    topics = " ".join(consumer.topics)
    at_once = consumer.concurrency
    breaker = told_breaker(consumer.breaker)

    line = f"consumer {consumer.name}: {topics} -> {kind}, {at_once} at once a queue, {breaker}"
    line += told_once(consumer.once)
    line += consumer.told_partitions
    if consumer.replay == "never":
        line = f"{line}, never replayed"
    return line


def _warn_of_hidden_packages() -> None:
    """Say which packages of the author's lie behind ours, though nothing fails of it yet."""
    for name in NAMES:
        sentence = told_hidden(name)
        if sentence:
            print(f"warning: {sentence}", file=sys.stderr)


async def _declared_queues(kept: KeptChannel, state: ControlState) -> list[DeclaredQueue]:
    """Return the queues that the control log tells of, where they are there and we may ask."""
    declared: list[DeclaredQueue] = []
    for name, fact in sorted(state.queues.items()):
        found = await standing_if_allowed(kept, name)
        queue = WorkQueue.parse(name)
        if found is not None and queue is not None:
            declared.append(DeclaredQueue(queue, fact, found))
    return declared


def _tell_differing(own: OwnQueues, state: ControlState) -> None:
    """Say which consumers declare another number of partitions than they have."""
    for whole, count, layout in own.differing(state):
        print(
            f"consumer {whole.consumer}: {whole.pattern.slashed} has {layout.partitions} "
            f"partitions and declares {count}: `hookline-workers topology partition "
            f"{whole.consumer} --into {count}` makes it so"
        )


def _tell_unconsumed(declared: Iterable[DeclaredQueue]) -> None:
    """Say which of these queues nobody consumes."""
    for queue, fact, found in declared:
        if found.consumers:
            continue

        last = fact.by or "nobody"
        why = f"last run by {last}"
        if fact.retired:
            why = "retired, and still there"
        print(f"queue {queue.name}: {found.messages} waiting, consumed by nobody ({why})")


async def _stray(connection: Connection, app: str, known: Iterable[WorkQueue]) -> Counter[str]:
    """Count by queue what lies unrouted though the queue is there for it."""
    stray = Counter[str]()
    looked = 0
    async with browsing(connection, unrouted_queue(app), wants=none) as messages:
        async for message in messages:
            shop = webhook_headers.text(message.headers, webhook_headers.SHOP)
            for queue in queues_for(message.routing_key, shop, known):
                stray[queue.name] += 1
            looked += 1
            if looked >= SEARCHED:
                break
    return stray

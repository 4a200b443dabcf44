"""`hookline-workers check`: settings, consumers and broker; changes nothing."""

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from runtime.amqp.channels import KeptChannel
from runtime.amqp.link import Connection, connected
from runtime.exit_codes import DIFFERS
from runtime.hiding import NAMES, told_hidden
from schemas.control import State
from schemas.names import WorkQueue, queues_for, unrouted_queue
from workers.breaker import told_breaker
from workers.broker import control as control_log
from workers.broker.browse import browsing
from workers.broker.standing import standing_if_allowed
from workers.commands.topology import compare
from workers.consumer import Consumer
from workers.settings import Settings

SEARCHED = 5_000
"""Unrouted webhooks that `check` looks at."""


async def check(settings: Settings, consumers: Sequence[Consumer[Any]]) -> int:
    """Say what the consumers are, and what on the broker is not as they need it."""
    _warn_of_hidden_packages()
    for one in consumers:
        print(described(one))

    own: list[WorkQueue] = []
    for one in consumers:
        own += one.queues(settings.app)
    own.sort()

    async with connected(settings.amqp_url, "topology") as connection:
        kept = KeptChannel.on(connection)
        channel = await kept.get()
        state = await control_log.read(channel, settings.app)
        compared = await compare(kept, settings, own, state)

        known = await _tell_unconsumed(kept, own, state or State())
        stray = await _stray(connection, settings.app, known)
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
    return f"consumer {consumer.name}: {topics} -> {kind}, {at_once} at once a queue, {breaker}"


def _warn_of_hidden_packages() -> None:
    """Say which packages of the author's lie behind ours, though nothing fails of it yet."""
    for name in NAMES:
        sentence = told_hidden(name)
        if sentence:
            print(f"warning: {sentence}", file=sys.stderr)


async def _tell_unconsumed(
    kept: KeptChannel, own: Iterable[WorkQueue], state: State
) -> list[WorkQueue]:
    """Say which of the declared queues nobody consumes; return those that are in use, and ours."""
    known = {queue.name: queue for queue in own}
    for name, fact in sorted(state.queues.items()):
        found = await standing_if_allowed(kept, name)
        queue = WorkQueue.parse(name)
        if found is None or queue is None:
            continue

        if not fact.retired:
            known[name] = queue
        if found.consumers:
            continue

        last = fact.by or "nobody"
        why = f"last run by {last}"
        if fact.retired:
            why = "retired, and still there"
        print(f"queue {name}: {found.messages} waiting, consumed by nobody ({why})")
    return list(known.values())


async def _stray(connection: Connection, app: str, known: list[WorkQueue]) -> Counter[str]:
    """Count by queue what lies unrouted though the queue is there for it."""
    stray = Counter[str]()
    looked = 0
    async with browsing(connection, unrouted_queue(app)) as messages:
        async for message in messages:
            for queue in queues_for(message.routing_key, known):
                stray[queue.name] += 1
            looked += 1
            if looked >= SEARCHED:
                break
    return stray

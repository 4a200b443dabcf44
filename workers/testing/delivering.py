"""One attempt, without a broker, by the code path of the worker: decode, timeout, policy."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from schemas.webhook import Webhook
from workers import clock
from workers.attempt import attempt
from workers.claims import Store
from workers.consumer import Consumer
from workers.outcome import Outcome
from workers.stores.memory import MemoryStore, MemoryTransactions


async def deliver(
    consumer: Consumer[Any],
    webhook: Webhook,
    *,
    attempt_number: int = 1,
    seconds_since_start: float = 0.0,
    store: MemoryStore | None = None,
    again: str = "",
    replayed: bool = False,
) -> Outcome:
    """Make one attempt and return its outcome: Done(), Duplicate(), Again(delay, error),
    Deferred(delay, reason) or Dead(reason, error, traceback).

    A consumer with `once=` keeps its claims in `store` instead of its own, or in one of this call
    alone; one with InTransaction goes to the author's database where no store is given. `again` is
    the name of an operator's replay that passes claims; `replayed` says that one has put it back.
    Raises ValueError for a webhook of a topic that the consumer does not take, and for an attempt
    before the first.
    """
    check_taken(webhook, [consumer])
    if attempt_number < 1:
        raise ValueError(f"attempt_number={attempt_number}: attempts are counted from 1")

    first_ms = clock.now_ms() - int(seconds_since_start * 1000)
    if store is None:
        consumer = with_store(consumer, MemoryStore())
    else:
        consumer = with_transactions(with_store(consumer, store), store)
    renewed_ms = clock.now_ms() if replayed else 0
    return await attempt(consumer, webhook, attempt_number, first_ms, renewed_ms, again=again)


def with_store(consumer: Consumer[Any], store: Store) -> Consumer[Any]:
    """Return the consumer with its claims in this store, where it makes claims."""
    once = consumer.once
    if once is None or once.is_in_transaction:
        return consumer

    in_this_store = replace(once, store=store)
    return replace(consumer, once=in_this_store)


def with_transactions(consumer: Consumer[Any], store: MemoryStore) -> Consumer[Any]:
    """Return the consumer with the claims of its transactions in memory, where it makes such."""
    once = consumer.once
    if once is None or not once.is_in_transaction:
        return consumer

    transactions = MemoryTransactions(store)
    in_memory = replace(once, store=transactions)
    return replace(consumer, once=in_memory)


def takes(consumer: Consumer[Any], webhook: Webhook) -> bool:
    """Tell whether webhooks of this topic come to the consumer."""
    return any(pattern.matches(webhook.topic) for pattern in consumer.topics)


def check_taken(webhook: Webhook, consumers: Sequence[Consumer[Any]]) -> None:
    """Raise ValueError where a webhook is of a topic that none of these takes."""
    told = []
    for consumer in consumers:
        if takes(consumer, webhook):
            return
        topics = ", ".join(consumer.topics)
        told.append(f"consumer {consumer.name!r} takes {topics}")

    taken = "; ".join(told)
    raise ValueError(f"{taken}: no webhook of {webhook.topic} comes to it")

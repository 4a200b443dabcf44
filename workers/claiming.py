"""Running a handler under the claim that its consumer asks for with `once=`. No AMQP."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import Any, TypeAlias, cast

from schemas.identity import new_id
from schemas.webhook import Webhook
from workers import clock
from workers.asking import StoreAway
from workers.claims import Granted, Held, Kept, Store, Transactions, Within
from workers.consumer import Consumer
from workers.once import OVER, Once
from workers.outcome import Deferred, Done, Duplicate, Outcome
from workers.telemetry import count_claim
from workers.within import run_within

LOOK_AGAIN = 10.0
"""Seconds until a claim that another run holds is asked for again, at most."""
SHORTEST_WAIT = 5.0
LONGEST_WAIT = 60.0
"""Seconds until a store that was away is asked again for a webhook: a quarter of its age, within
these.
"""
CLOSING = 2.0
"""Seconds for a store to end its connections."""

Run: TypeAlias = Callable[[Within | None], Awaitable[Outcome]]
"""Runs the handler, with what makes its claim where that is made in a transaction of its own."""


async def run_once(
    once: Once,
    consumer: Consumer[Any],
    webhook: Webhook,
    run: Run,
    *,
    again: str = "",
    crashes: int = 0,
) -> Outcome:
    """Run the handler under the claim that its consumer asks for; return the outcome.

    `again` is the name of an operator's replay that lets the webhook pass claims of before,
    `crashes` how often its worker died under it: only a run could disprove them.
    """
    key = once.key_of(consumer.name, webhook, again)
    count = partial(count_claim, webhook.app, consumer.name)
    if once.is_in_transaction:
        transactions = cast("Transactions", once.store)
        within = partial(transactions.within, key=key, seconds=once.seconds)
        return await run_within(within, consumer.name, run, count)

    store = cast("Store", once.store)
    claim = _Claim(once, store, key, consumer.timeout + OVER, count)
    return await _run_claimed(claim, webhook, run, crashes)


async def close_stores(consumers: Iterable[Consumer[Any]]) -> None:
    """End the connections of the consumers' stores. Never raises."""
    stores = {id(one.once.store): one.once.store for one in consumers if one.once is not None}
    for store in stores.values():
        if isinstance(store, Store):
            with suppress(Exception):
                async with asyncio.timeout(CLOSING):
                    await store.close()


async def _run_claimed(claim: "_Claim", webhook: Webhook, run: Run, crashes: int) -> Outcome:
    """Run the handler where the claim is granted, or where the store is away and the author has
    it run all the same.
    """
    try:
        answer = await claim.ask()
    except StoreAway as away:
        if claim.waits:
            claim.count("waited")
            reason = f"the store of claims is away: {away}"
            return Deferred(_wait(webhook), reason, crashes)
        claim.count("ran_unclaimed")
        return await _run_unclaimed(claim, run)

    match answer:
        case Kept():
            claim.count("kept")
            return Duplicate()
        case Held(seconds):
            claim.count("held")
            delay = min(seconds, LOOK_AGAIN)
            return Deferred(delay, "another run holds the claim on it", crashes)
        case Granted():
            claim.count("granted")
            return await _run_granted(claim, run)


async def _run_granted(claim: "_Claim", run: Run) -> Outcome:
    try:
        outcome = await run(None)
    except BaseException:  # the drain cuts it off
        await claim.release()
        raise

    if outcome == Done():
        await claim.keep()
    else:
        await claim.release()
    return outcome


async def _run_unclaimed(claim: "_Claim", run: Run) -> Outcome:
    outcome = await run(None)
    if outcome == Done():
        await claim.keep_if_back()
    return outcome


def _wait(webhook: Webhook) -> float:
    """Return the seconds until it is worth asking again, the longer the longer it has waited."""
    age = clock.now() - webhook.received_ms / 1000
    return min(max(SHORTEST_WAIT, age / 4), LONGEST_WAIT)


class _Claim:
    """One claim that a worker makes: from the question to its end.

    A claim whose end the store does not hear of ends by itself.
    """

    def __init__(
        self, once: Once, store: Store, key: str, seconds: float, count: Callable[[str], None]
    ) -> None:
        self.count = count
        self._once = once
        self._store = store
        self._key = key
        self._seconds = seconds
        # Where the answer to this very question was lost before, the claim may be ours by now.
        self._owner = once.asking.asked_before(key) or new_id(clock.now_ms())

    @property
    def waits(self) -> bool:
        """Whether nothing is to run while the store is away."""
        return self._once.waits

    async def ask(self) -> Granted | Held | Kept:
        """Ask for it; raises StoreAway."""
        question = partial(self._store.claim, self._key, self._owner, self._seconds)
        try:
            return await self._once.asking.ask(question)
        except StoreAway:
            self._once.asking.remember(self._key, self._owner)
            raise

    async def keep(self) -> None:
        """Have it kept."""
        try:
            await self._once.asking.ask(self._keeping, insists=True)
        except StoreAway:
            self.count("not_kept")

    async def keep_if_back(self) -> None:
        """Have it kept though it was not granted, where the store is back by now."""
        with suppress(StoreAway):
            await self._once.asking.ask(self._keeping)

    async def release(self) -> None:
        """Give it up."""
        question = partial(self._store.release, self._key, self._owner)
        try:
            await self._once.asking.ask(question)
        except StoreAway:
            self.count("not_released")

    def _keeping(self) -> Awaitable[None]:
        return self._store.keep(self._key, self._once.seconds)

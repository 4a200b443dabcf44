"""Looking at a shop's subscriptions, and doing what was planned: topic by topic, shop by shop, each
whatever becomes of the others.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import NamedTuple, TypeVar

from ingress.subscriptions.addresses import is_same, shown
from ingress.subscriptions.answers import is_taken
from ingress.subscriptions.calls import NotDone
from ingress.subscriptions.client import Client
from ingress.subscriptions.held import Held
from ingress.subscriptions.plan import FIRST_FORMAT, Action, Step, Wanted
from runtime.failure import one_line

AT_ONCE = 8
"""Shops that are asked at once."""

Decide = Callable[[list[Held]], list[Step]]
S = TypeVar("S")
T = TypeVar("T")


class Looked(NamedTuple):
    """What is to be done in a shop, or why it could not be asked."""

    shop: str
    steps: Sequence[Step]
    failure: str = ""

    @property
    def is_different(self) -> bool:
        """Whether there is anything to do."""
        return any(step.is_change for step in self.steps)


class Did(NamedTuple):
    """What came of a step; without a failure it is done."""

    shop: str
    step: Step
    failure: str = ""


async def look(client: Client, shop: str, decide: Decide) -> Looked:
    """Ask a shop what it has; return what is to be done. Raises nothing: other shops go on."""
    try:
        held = await client.held()
        steps = decide(held)
    except NotDone as error:
        return Looked(shop, [], str(error))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is of this shop
        return Looked(shop, [], fault(error))
    return Looked(shop, steps)


def fault(error: Exception) -> str:
    """Say that it went wrong by a fault of ours."""
    return f"a fault of ours: {one_line(error)}"


async def carry_out(client: Client, looked: Looked, wanted: Wanted) -> list[Did]:
    """Do what is to be done in a shop, one step after the other; return what came of each."""
    did: list[Did] = []
    for step in looked.steps:
        if not step.is_change:
            continue

        failure = ""
        try:
            await do(client, step, wanted)
        except NotDone as error:
            failure = str(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is of this step
            failure = fault(error)
        did.append(Did(looked.shop, step, failure))
    return did


async def do(client: Client, step: Step, wanted: Wanted) -> Held | None:
    """Do one step; return what is there then, if anything. Raises NotDone.

    Done twice it does no harm: what is there already, or gone already, is as it should be.
    """
    if step.action is Action.CREATE:
        return await _create(client, step.topic, wanted)

    held = step.held
    if held is None:
        return None
    if step.action is Action.DELETE:
        await client.delete(held)
        return None

    one = await client.change(held, wanted.address, wanted.format or held.format)
    return _as_wanted(one, wanted)


async def for_each(
    shops: Iterable[S], act: Callable[[S], Awaitable[T]], tell: Callable[[], None]
) -> list[T]:
    """Do something to all shops, several at once, and tell whenever one is done."""
    places = asyncio.Semaphore(AT_ONCE)

    async def one(shop: S) -> T:
        async with places:
            result = await act(shop)
        tell()
        return result

    return await asyncio.gather(*map(one, shops))


async def _create(client: Client, topic: str, wanted: Wanted) -> Held:
    try:
        one = await client.create(topic, wanted.address, wanted.format or FIRST_FORMAT)
    except NotDone as error:
        # An earlier call whose answer was lost may have made it, or another process of ours.
        if not is_taken(str(error)):
            raise
        found = await _ours(client, topic, wanted)
        if found is None:
            raise
        return found
    return _as_wanted(one, wanted)


async def _ours(client: Client, topic: str, wanted: Wanted) -> Held | None:
    for one in await client.held():
        if one.topic == topic and is_same(one.address, wanted.address):
            return one
    return None


def _as_wanted(one: Held, wanted: Wanted) -> Held:
    """Return the subscription as the platform has answered it, where it is what was asked for."""
    if not is_same(one.address, wanted.address):
        raise NotDone(f"the platform made it lead to {shown(one.address)}")
    if wanted.format not in (None, one.format):
        raise NotDone(f"the platform keeps the format {one.format}")
    return one

"""Adopting what lies unrouted: each webhook goes to every known queue that takes its topic.

It goes by the queue's name, through the return exchange. Published to the webhooks exchange, it
would reach only the queues that are bound by now, count as routed, and be lost to a consumer whose
worker mends later.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from aiormq import Channel

from runtime.amqp.properties import for_copy
from schemas import headers as webhook_headers
from schemas.belonging import queues_for
from schemas.names import CANARY_KEY, WorkQueue, return_exchange, unrouted_queue
from workers.broker.browse import HeldMessage, browsing_on
from workers.broker.publisher import Publisher


@dataclass(slots=True)
class SearchResult:
    """What a search through the unrouted webhooks found, and did."""

    adopted: int = 0
    left: int = 0
    unbound: set[str] = field(default_factory=set)
    """Queues whose binding to the return exchange is missing: what was given to them came back."""
    given: set[str] = field(default_factory=set)
    """Queues that got something.

    Only what a later search finds of theirs has come back; the rest lay here before.
    """
    bound: set[str] = field(default_factory=set)
    """Queues whose binding was missing, and is there by now."""
    tried: dict[str, str] = field(default_factory=dict)
    """By unbound queue, the id of the one webhook that was given to it to find out."""
    failed: set[str] = field(default_factory=set)
    """Unbound queues that have given back what was tried in the search before."""
    unreached: set[str] = field(default_factory=set)
    """Queues whose webhooks lay unrouted, and that got them now."""


class Adoption:
    """Moves what lies unrouted to where it belongs.

    `trusting`: bindings are made by us, so what comes back once is given again. Without, an
    operator makes them, and what comes back from a queue is left where it is: it would go round for
    ever. Only one of it is given in each search, to notice when the binding has been made.
    """

    def __init__(self, app: str, publisher: Publisher, *, trusting: bool) -> None:
        self._app = app
        self._publisher = publisher
        self._trusting = trusting
        self._given: set[str] = set()
        self._tried: dict[str, str] = {}

    async def adopt(
        self, channel: Channel, queues: Iterable[WorkQueue], window: int
    ) -> SearchResult:
        """Move what is for these queues, all that are known; stop after `window` of others.

        Each copy is confirmed before the original is forgotten: killed in between, a webhook comes
        twice.
        """
        known = tuple(queues)
        result = SearchResult()
        async with browsing_on(channel, unrouted_queue(self._app)) as messages:
            async for message in messages:
                if message.routing_key == CANARY_KEY:
                    # It came while its queue was gone, and has proven nothing.
                    await message.forget()
                    continue

                homes = self._queues_for(message, known, result)
                if homes:
                    await self._move(message, homes, result)
                    result.adopted += 1
                    continue

                await self._try(message, result)
                result.left += 1
                if result.left >= window:
                    break
            else:
                self._conclude(result)
        self._given |= result.given - result.bound
        return result

    def _queues_for(
        self, message: HeldMessage, known: Iterable[WorkQueue], result: SearchResult
    ) -> list[WorkQueue]:
        shop = webhook_headers.text(message.headers, webhook_headers.SHOP)
        homes = queues_for(message.routing_key, shop, known)
        for queue in homes:
            if queue.name != message.routing_key:
                result.unreached.add(queue.name)
            elif self._came_back(message, queue):
                result.unbound.add(queue.name)
        return [queue for queue in homes if queue.name not in result.unbound]

    async def _try(self, message: HeldMessage, result: SearchResult) -> None:
        """Give the first webhook that came back from an unbound queue to it again."""
        name = message.routing_key
        if name not in result.unbound:
            return

        webhook_id = webhook_headers.text(message.headers, webhook_headers.ID)
        if self._tried.get(name) == webhook_id:
            result.failed.add(name)
        if name in result.tried:
            return

        queue = WorkQueue.parse(name)
        if queue is not None:
            result.tried[name] = webhook_id
            await self._move(message, [queue], result)

    def _conclude(self, result: SearchResult) -> None:
        """Trust the queues again that kept what was tried in the search before.

        All was looked at, and it is not here.
        """
        result.bound = self._tried.keys() - result.failed
        result.unbound -= result.bound
        self._given -= result.bound

        self._tried = dict(result.tried)
        for name in result.bound:
            self._tried.pop(name, None)

    def _came_back(self, message: HeldMessage, queue: WorkQueue) -> bool:
        if self._trusting or queue.name not in self._given:
            return False
        return webhook_headers.number(message.headers, webhook_headers.ADOPTED) > 0

    async def _move(
        self, message: HeldMessage, homes: Iterable[WorkQueue], result: SearchResult
    ) -> None:
        exchange = return_exchange(self._app)
        adopted_before = webhook_headers.number(message.headers, webhook_headers.ADOPTED)
        headers = webhook_headers.kept(message.headers)
        headers[webhook_headers.ADOPTED] = adopted_before + 1

        for queue in homes:
            copy = for_copy(message.properties, headers)
            await self._publisher.publish(exchange, queue.name, copy, message.body)
            result.given.add(queue.name)
        await message.forget()

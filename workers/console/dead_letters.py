"""The pages of dead letters: groups, the letters in them, and one letter whole."""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

from aiohttp import web

from runtime.amqp.link import LOST, Connection, UnreachableError, connected, lost_link_as_error
from schemas.ladder import LADDER
from schemas.names import WorkQueue, unrouted_queue
from schemas.properties import ReceivedProperties
from workers.broker.letters import find, held_elsewhere
from workers.console import letter_page
from workers.console.found import found_in
from workers.console.held_back import held_back
from workers.console.site import Asking, Site
from workers.dead_letters import Filter
from workers.letter import Letter, Source

TRIES = 5
MOST_ID = 200
"""Characters of a webhook's id: ours have 36."""
AGAIN_AFTER = 0.5
"""Seconds until a letter is looked for again that another look may hold."""

Found = tuple[Letter, ReceivedProperties, bytes]


async def dead_letters(site: Site, asking: Asking) -> Mapping[str, Any]:
    """Return what the page of groups and letters shows."""
    return await found_in(site, asking, "dead")


async def unrouted(site: Site, asking: Asking) -> Mapping[str, Any]:
    """Return what the page of unrouted webhooks shows."""
    return await found_in(site, asking, "unrouted")


async def waiting(site: Site, asking: Asking) -> Mapping[str, Any]:
    """Return what the page of waiting webhooks shows."""
    seen = site.watch.seen
    counts = [1]
    if seen is not None:
        counts += seen.table.waiting.values()
    found = await found_in(site, asking, "waiting")
    held = held_back(seen, found["box"].filter)
    return {**found, "most_waiting": max(counts), "held": held}


async def one_letter(site: Site, asking: Asking) -> Mapping[str, Any]:
    """Return what the page of one letter shows, without its body."""
    found = await find_letter(site, asking)
    return letter_page.described(site, found, with_body=False)


async def find_letter(site: Site, asking: Asking) -> Found:
    """Return the letter that is asked for, by its webhook's id, its queue, and where others'
    lie in that too, as on a rung, its consumer.

    Raises HTTPNotFound where it is not there any more, and HTTPServiceUnavailable.
    """
    name = asking.query.get("queue", "")
    webhook_id = asking.query.get("id", "")
    source = _source(site.settings.app, name)
    if source is None or not 0 < len(webhook_id) <= MOST_ID:
        raise web.HTTPNotFound

    consumer = asking.query.get("consumer") or None
    wanted = Filter(id=webhook_id, consumer=consumer, limit=1)
    try:
        with lost_link_as_error():
            found = await _first(site, source, wanted)
    except (UnreachableError, *LOST) as error:
        raise web.HTTPServiceUnavailable(text=str(error)) from error
    if found is None:
        raise web.HTTPNotFound
    return found


async def _first(site: Site, source: Source, wanted: Filter) -> Found | None:
    """Return the letter that is meant; look again while somebody else's look may hold it."""
    urls = site.settings.amqp_url
    async with site.looking, connected(urls, "console looks") as connection:
        for _ in range(TRIES):
            found = await _look_for(connection, source, wanted)
            if found is not None:
                return found
            if not await held_elsewhere(connection, [source]):
                return None
            await asyncio.sleep(AGAIN_AFTER)
    return None


async def _look_for(connection: Connection, source: Source, wanted: Filter) -> Found | None:
    found = find(connection, [source], wanted, with_bodies=True)
    async with aclosing(found) as letters:
        async for letter, message in letters:
            return letter, message.properties, message.body
    return None


def _source(app: str, name: str) -> Source | None:
    """Return the queue of that name, where letters of the app lie in it."""
    if name == unrouted_queue(app):
        return Source.unrouted(app)
    for rung in LADDER:
        source = Source.waiting(app, rung)
        if source.name == name:
            return source

    dead = f"{app}.dead."
    if not name.startswith(dead):
        return None
    work = name.removeprefix(dead)
    queue = WorkQueue.parse(f"{app}.{work}")
    return None if queue is None else Source.dead(queue)

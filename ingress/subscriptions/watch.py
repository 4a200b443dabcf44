"""Keeping subscriptions: looked at again and again, put back where a platform has ended them.

It makes what is missing and changes nothing else. What leads to another address, it tells of: the
address may be that of somebody who does the same, and two who move it in turn lose webhooks.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from time import time

import aiohttp
import structlog

from ingress.subscriptions.addresses import host_of
from ingress.subscriptions.calls import NotDone
from ingress.subscriptions.carrying_out import Looked, do, fault, for_each, look
from ingress.subscriptions.client import Client
from ingress.subscriptions.gaps import Gap, query
from ingress.subscriptions.order import Order
from ingress.subscriptions.plan import Action, Step, Wanted, plan
from ingress.subscriptions.shop import Shop
from ingress.subscriptions.sightings_file import read_sightings, write_sightings
from ingress.telemetry import (
    LAST_LOOK,
    SHOPS_NOT_ASKED,
    SUBSCRIPTIONS_MISSING,
    SUBSCRIPTIONS_RESTORED,
)
from runtime.settings import SettingsError
from runtime.waiting import jittered, set_or_later
from schemas.topic import Topic

log = structlog.get_logger()


class Watch:
    """Looks after the subscriptions of one app."""

    def __init__(self, order: Order, session: aiohttp.ClientSession) -> None:
        self._order = order
        self._session = session
        self._app = order.app.name
        self._shops: Sequence[Shop] = ()
        self._sightings = read_sightings(order.settings.sightings, self._app)
        self._missing: Counter[str] = Counter()
        self.has_looked = False
        """Whether all shops were asked once."""

        for topic in order.wanted.topics:
            SUBSCRIPTIONS_RESTORED.labels(self._app, _label(topic))

    async def run(self, stop: asyncio.Event) -> None:
        """Look at once and then again and again, until told to stop."""
        while not stop.is_set():
            try:
                await self.look()
            except Exception as error:
                log.exception("subscriptions.not_looked", app=self._app, error=repr(error))
            await set_or_later(stop, jittered(self._order.settings.look_every))

    async def look(self) -> None:
        """Look at all shops once, and put back what is missing."""
        self._read_shops()
        self._missing = Counter()
        asked = await for_each(self._shops, self._look_at, lambda: None)
        not_asked = asked.count(False)
        write_sightings(self._order.settings.sightings, self._app, self._sightings)

        for topic in self._order.wanted.topics:
            count = self._missing[topic]
            SUBSCRIPTIONS_MISSING.labels(self._app, _label(topic)).set(count)
        SHOPS_NOT_ASKED.labels(self._app).set(not_asked)
        LAST_LOOK.labels(self._app).set_to_current_time()
        self.has_looked = True
        log.info(
            "subscriptions.looked",
            app=self._app,
            shops=len(asked),
            not_asked=not_asked,
            missing=self._missing.total(),
        )

    def _read_shops(self) -> None:
        """Read the list anew, for shops come and go; a bad one leaves the last in force."""
        try:
            self._shops = self._order.shops()
        except SettingsError as error:
            log.error("subscriptions.shops_not_read", app=self._app, error=str(error))  # noqa: TRY400 - no fault of the code
            return
        if self._order.is_of_all:
            self._sightings.forget_all_but({one.shop for one in self._shops})

    async def _look_at(self, shop: Shop) -> bool:
        """Put back what a shop misses; tell whether it could be asked."""
        client = self._order.client(self._session, shop)
        looked = await look(
            client, shop.shop, lambda held: plan(self._wanted, held, self._order.api)
        )
        if looked.failure:
            log.warning(
                "subscriptions.not_asked", app=self._app, shop=shop.shop, why=looked.failure
            )
            return False

        try:
            for step in looked.steps:
                await self._see_to(client, looked, step)
        except Exception as error:
            why = fault(error)
            log.exception("subscriptions.not_asked", app=self._app, shop=shop.shop, why=why)
            return False
        return True

    async def _see_to(self, client: Client, looked: Looked, step: Step) -> None:
        shop = looked.shop
        match step.action:
            case Action.KEEP | Action.CHANGE if step.held is not None:
                gap = self._sightings.saw(shop, step.held, _now_ms())
                if gap is not None:
                    self._tell_gap(gap)
            case Action.CREATE:
                self._sightings.missed(shop, step.topic)
                await self._put_back(client, shop, step)
            case Action.MOVE if step.held is not None:
                self._sightings.missed(shop, step.topic)
                self._missing[step.topic] += 1
                self._say("subscription.elsewhere", shop, step, host=host_of(step.held.address))

    async def _put_back(self, client: Client, shop: str, step: Step) -> None:
        try:
            held = await do(client, step, self._wanted)
        except NotDone as error:
            self._missing[step.topic] += 1
            self._say("subscription.missing", shop, step, why=str(error))
            return

        if held is None:
            return
        gap = self._sightings.restored(shop, held, _now_ms())
        if gap.since_ms is None:
            # A new shop, or one that lost it before anybody looked: nobody can tell.
            log.info("subscription.created", app=self._app, shop=shop, topic=step.topic)
            return

        SUBSCRIPTIONS_RESTORED.labels(self._app, _label(step.topic)).inc()
        self._say("subscription.restored", shop, step)
        self._tell_gap(gap)

    @property
    def _wanted(self) -> Wanted:
        return self._order.wanted

    def _say(self, event: str, shop: str, step: Step, **fields: str) -> None:
        log.warning(event, app=self._app, shop=shop, topic=step.topic, **fields)

    def _tell_gap(self, gap: Gap) -> None:
        """Say from when to when nothing could come, and what to ask for it."""
        asked = query(gap, self._order.api, self._order.settings.api_version)
        log.warning(
            "subscription.gap",
            app=self._app,
            shop=gap.shop,
            topic=gap.topic,
            since=_told(gap.since_ms),
            until=_told(gap.until_ms),
            query=asked or "the platform lists nothing of this topic",
        )


def _label(topic: str) -> str:
    return Topic(topic).slashed


def _told(at_ms: int | None) -> str:
    if at_ms is None:
        return ""
    return datetime.fromtimestamp(at_ms // 1000, UTC).isoformat()


def _now_ms() -> int:
    return int(time() * 1000)

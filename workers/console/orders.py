"""The dialogs in which a consumer is paused, resumed, or set: orders that its workers take up."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from runtime.amqp.confirms import NotPublished
from runtime.amqp.link import LOST, Connection, UnreachableError, connected, lost_link_as_error
from schemas.limits import check_places
from schemas.printable import printable
from workers import durations
from workers.console.presentation import command
from workers.console.site import Asking, Site
from workers.durations import BadDuration
from workers.operate import control
from workers.operate.control import Giver, Target
from workers.operate.targets import UnknownTarget

TITLES = {"pause": "Pause", "resume": "Resume", "set": "Set"}
EXPLAINED = {
    "pause": "Workers take nothing more of it, within two seconds; what runs ends. Webhooks go on "
    "being accepted, and wait.",
    "resume": "Workers take from it again. A breaker that is open closes.",
    "set": "So many handlers at once a worker, or a limit for all workers, while they run.",
}
CONCURRENCY = "concurrency"
SETTINGS = (CONCURRENCY, "rate", "per_shop", "per_shop_rate")
MOST_SAID = 200
"""Characters of a reason."""

Give = Callable[[Connection, str, "Order"], Awaitable[object]]


class BadOrder(ValueError):
    """Something that was filled in cannot be meant; the message says what."""


class Order:
    """What was filled in."""

    def __init__(self, what: str, form: Mapping[str, Any], by: str) -> None:
        said = {name: value.strip() for name, value in form.items() if isinstance(value, str)}
        consumer = said.get("consumer", "")
        if not consumer:
            raise BadOrder("Which consumer?")

        reason = printable(said.get("reason", ""))
        self.what = what
        self.target = Target(consumer, said.get("topic") or None)
        self.giver = Giver(by, reason[:MOST_SAID])
        self.seconds = _seconds(said.get("for", ""))
        self.setting = said.get("setting", CONCURRENCY)
        self.value = said.get("value", "")


def ask_order(request: web.Request) -> Mapping[str, Any]:
    """Return what a dialog shows before anything is filled in."""
    what = _what(request)
    return _dialog(what, request.query, "")


async def give(site: Site, asking: Asking, request: web.Request) -> Mapping[str, Any] | None:
    """Give the order that was filled in, and return None; or the dialog, with what is wrong."""
    what = _what(request)
    form = await request.post()
    settings = site.settings
    try:
        order = Order(what, form, asking.by)
        with lost_link_as_error():
            async with connected(settings.amqp_url, "console orders") as connection:
                await GIVES[what](connection, settings.app, order)
    except (BadOrder, UnknownTarget, UnreachableError, NotPublished, *LOST) as error:
        return _dialog(what, form, str(error))

    site.watch.hurry()
    return None


async def _pause(connection: Connection, app: str, order: Order) -> None:
    await control.pause(connection, app, order.target, order.giver, order.seconds)


async def _resume(connection: Connection, app: str, order: Order) -> None:
    await control.resume(connection, app, order.target, order.giver)


async def _set(connection: Connection, app: str, order: Order) -> None:
    name = order.setting
    try:
        if name == CONCURRENCY:
            if order.value:
                check_places(order.value)
            number = int(order.value) if order.value else None
            await control.set_concurrency(
                connection, app, order.target, order.giver, number, order.seconds
            )
            return
        consumer = order.target.consumer
        await control.limit(
            connection, app, consumer, order.giver, name, order.value, order.seconds
        )
    except UnknownTarget:
        raise
    except ValueError as error:
        raise BadOrder(f"{error}; write 4, or a rate as 60/m; empty: as declared") from error


GIVES: Mapping[str, Give] = {"pause": _pause, "resume": _resume, "set": _set}


def _dialog(what: str, filled: Mapping[str, Any], problem: str) -> Mapping[str, Any]:
    of_consumer, _, of_topic = str(filled.get("of", "")).partition("/")
    consumer = str(filled.get("consumer", of_consumer))
    topic = str(filled.get("topic", of_topic))
    words = [what, consumer]
    if topic:
        words += ["--topic", topic]
    if what == "set":
        words.insert(2, "concurrency=4")
    return {
        "what": what,
        "title": TITLES[what],
        "explained": EXPLAINED[what],
        "settings": SETTINGS,
        "filled": filled,
        "consumer": consumer,
        "topic": topic,
        "problem": problem,
        "command": command(*words),
    }


def _what(request: web.Request) -> str:
    what = request.match_info["what"]
    if what not in TITLES:
        raise web.HTTPNotFound
    return what


def _seconds(text: str) -> int | None:
    if not text:
        return None
    try:
        return durations.duration(text)
    except BadDuration as error:
        raise BadOrder(f"For how long: {error}.") from None

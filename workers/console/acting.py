"""The dialogs in which letters are moved: the dry run's numbers, how it is to go, and the order."""

from collections.abc import Mapping
from time import time
from typing import Any

from aiohttp import web

from runtime.amqp.link import LOST, UnreachableError, lost_link_as_error
from workers.console.doing import work_of
from workers.console.meaning import DryRun, dry_run
from workers.console.operations import NotBegun
from workers.console.presentation import command, options
from workers.console.site import Asking, Site
from workers.console.wishes import VERBS, BadWish, Verb, Wish, wish_of
from workers.settings import SettingsError

NOTHING_FOUND = DryRun()


async def ask(site: Site, request: web.Request) -> Mapping[str, Any]:
    """Return what a dialog shows before anything is filled in."""
    verb = _verb(request)
    return await _dialog(site, verb, request.query, "")


async def act(
    site: Site, asking: Asking, request: web.Request
) -> tuple[int | None, Mapping[str, Any]]:
    """Begin what was filled in, and return its number; or the dialog again, with what is wrong."""
    verb = _verb(request)
    form = await request.post()
    now_ms = int(time() * 1000)
    try:
        wish = wish_of(verb, form, now_ms)
        wish.check()
        operation = site.operations.begin(
            title=f"{verb.title}: {_which(wish)}",
            by=asking.by,
            name=wish.name,
            chosen=wish.described(),
            rate=wish.rate,
            work=work_of(site, wish, asking.by),
        )
    except (BadWish, NotBegun) as error:
        return None, await _dialog(site, verb, form, str(error))
    return operation.number, {}


async def _dialog(
    site: Site, verb: Verb, filled: Mapping[str, Any], problem: str
) -> Mapping[str, Any]:
    now_ms = int(time() * 1000)
    asked = {"of": filled.get("of", ""), "q": filled.get("q", "")}
    try:
        wish = wish_of(verb, asked, now_ms)
    except BadWish as error:
        raise web.HTTPBadRequest(text=str(error)) from error

    dry, wrong = await _dry(site, wish)
    cannot_be_meant = wish.box.problem or wrong
    return {
        "verb": verb,
        "wish": wish,
        "filled": filled,
        "is_new": "token" not in filled,
        "opened_ms": now_ms,
        "found": dry.found,
        "by_force": dry.by_force,
        "notices": dry.notices,
        "problem": problem or cannot_be_meant,
        "cannot_begin": bool(cannot_be_meant),
        "command": command(*verb.command, *_options(wish)),
    }


async def _dry(site: Site, wish: Wish) -> tuple[DryRun, str]:
    """Return what is meant now, and why nobody can tell; that is empty where somebody can."""
    if wish.box.problem:
        return NOTHING_FOUND, ""
    try:
        with lost_link_as_error():
            found = await dry_run(site.settings, site.looking, wish)
    except (SettingsError, UnreachableError, *LOST) as error:
        return NOTHING_FOUND, str(error) or type(error).__name__
    return found, ""


def _options(wish: Wish) -> list[str]:
    told = options(wish.box.filter)
    if wish.of == "unrouted":
        told = ["--unrouted", *told]
    if wish.box.filter.is_empty:
        told.append("--all")
    return told


def _which(wish: Wish) -> str:
    said = [f"{name} {value}" for name, value in wish.described().items()]
    which = ", ".join(said) or "all"
    if wish.of == "unrouted":
        return f"unrouted, {which}"
    return which


def _verb(request: web.Request) -> Verb:
    verb = VERBS.get(request.match_info["verb"])
    if verb is None:
        raise web.HTTPNotFound
    return verb

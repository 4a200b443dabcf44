"""The answers of the console's addresses."""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from aiohttp import web

from runtime.amqp.link import LOST, UnreachableError, connected, lost_link_as_error
from schemas.control import What
from workers.console import letter_page
from workers.console.dead_letters import find_letter
from workers.console.explaining import explained
from workers.console.guard import Handler
from workers.console.pages_shown import PAGES, frame
from workers.console.response_headers import KEPT
from workers.console.site import Asking, Site
from workers.console.suggestions import journal_suggestions, suggestions
from workers.dead_letters import Filter
from workers.letter import Letter
from workers.operate.noting import note

log = structlog.get_logger()

HIDDEN = "Bodies are hidden: HOOKLINE_CONSOLE_BODIES is not set to masked or whole."


def page_handler(name: str) -> Handler:
    """Return what answers with a page."""

    async def handle(site: Site, asking: Asking, _: web.Request) -> web.StreamResponse:
        return await show(site, asking, name)

    return handle


async def show(
    site: Site, asking: Asking, name: str, described: Mapping[str, Any] | None = None
) -> web.Response:
    """Answer with a page that shows this; unless it is given, what there is now."""
    framed = await frame(site, asking, name)
    if described is None:
        described = await PAGES[name].describe(site, asking)
    context = {**framed, **described}
    context["part"] = site.rendered.parts(context)
    text = site.templates.render(PAGES[name].template, context)
    answer = web.Response(text=text, content_type="text/html")
    answer.enable_compression()
    return answer


async def show_body(site: Site, asking: Asking, _: web.Request) -> web.StreamResponse:
    """Answer with a letter and its body; that somebody has looked is written down first."""
    if site.settings.console_bodies == "hidden":
        raise web.HTTPForbidden(text=HIDDEN)

    found = await find_letter(site, asking)
    letter = found[0]
    log.info("console.body_shown", id=letter.id, consumer=letter.consumer, by=asking.by)
    await _write_down(site, asking, letter)
    described = letter_page.described(site, found, with_body=True)
    return await show(site, asking, "letter", described)


async def explain(site: Site, asking: Asking, request: web.Request) -> web.StreamResponse:
    """Answer with what `hookline-ingress explain` says of what was filled in."""
    said = await explained(site, request)
    return await show(site, asking, "explain", said)


async def suggest(site: Site, _: Asking, request: web.Request) -> web.StreamResponse:
    """Answer with what the filter box suggests, by what the latest look has found."""
    kind = request.query.get("of", "")
    if kind == "journal":
        return web.json_response(_of_journal(site))
    shared = site.scans.get(kind)
    if shared is None:
        raise web.HTTPNotFound
    return web.json_response(suggestions(shared.latest, kind))


def _of_journal(site: Site) -> Mapping[str, Sequence[str]]:
    seen = site.watch.seen
    latest = [shared.latest for shared in site.scans.values()]
    return journal_suggestions(seen.table if seen else None, latest)


async def _write_down(site: Site, asking: Asking, letter: Letter) -> None:
    """Write it into the control log; raises HTTPServiceUnavailable where that cannot be."""
    wanted = Filter(id=letter.id, consumer=letter.consumer or None)
    settings = site.settings
    try:
        with lost_link_as_error():
            async with connected(settings.amqp_url, "console") as connection:
                unwritten = await note(
                    connection,
                    settings.app,
                    What.LOOKED_AT,
                    1,
                    wanted,
                    settings.confirm_timeout,
                    by=asking.by,
                )
    except (UnreachableError, *LOST) as error:
        unwritten = str(error)
    if unwritten:
        raise web.HTTPServiceUnavailable(text=f"The body is not shown: {unwritten}")


def static_answers(site: Site) -> tuple[web.RouteDef, ...]:
    """Return the addresses of what every browser may have."""

    async def static(request: web.Request) -> web.Response:
        found = site.static.find(request.match_info["name"])
        if found is None:
            raise web.HTTPNotFound
        answer = web.Response(body=found.content, content_type=found.kind, charset="utf-8")
        answer.headers["Cache-Control"] = KEPT
        answer.enable_compression()
        return answer

    async def robots(_: web.Request) -> web.Response:
        return web.Response(text="User-agent: *\nDisallow: /\n")

    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    return (
        web.get(site.address("/static/{version}/{name}"), static),
        web.get("/robots.txt", robots),
        web.get(site.address("/healthz"), healthz),
    )

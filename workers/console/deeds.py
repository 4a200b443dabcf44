"""The answers of what operators do: dialogs, orders, and the operations that are under way."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from workers.console.acting import act, ask
from workers.console.answers import show
from workers.console.orders import ask_order, give
from workers.console.pages_shown import frame
from workers.console.site import Asking, Site


async def ask_to_move(site: Site, asking: Asking, request: web.Request) -> web.StreamResponse:
    """Answer with the dialog in which letters are moved."""
    described = await ask(site, request)
    return await _dialog(site, asking, request, "act", described)


async def move(site: Site, asking: Asking, request: web.Request) -> web.StreamResponse:
    """Begin to move letters, and lead on to where it is seen."""
    number, described = await act(site, asking, request)
    if number is None:
        return await _dialog(site, asking, request, "act", described)
    return _lead_on(site.address("/operations"))


async def ask_to_order(site: Site, asking: Asking, request: web.Request) -> web.StreamResponse:
    """Answer with the dialog in which an order is given."""
    described = await ask_order(site, asking, request)
    return await _dialog(site, asking, request, "order", described)


async def order(site: Site, asking: Asking, request: web.Request) -> web.StreamResponse:
    """Give an order, and lead on to where it is seen."""
    described = await give(site, asking, request)
    if described is not None:
        return await _dialog(site, asking, request, "order", described)
    return _lead_on(site.address("/"))


async def stop(site: Site, asking: Asking, request: web.Request) -> web.StreamResponse:
    """Have an operation end, and lead on to where it is seen."""
    number = request.match_info["number"]
    if number.isdecimal():
        site.operations.stop(int(number), asking.by)
    return _lead_on(site.address("/operations"))


async def _dialog(
    site: Site, asking: Asking, request: web.Request, name: str, described: Mapping[str, Any]
) -> web.StreamResponse:
    """Answer with a page, or where scripts show it in one with what is in it alone."""
    if "part" not in request.query:
        return await show(site, asking, name, **described)
    framed = await frame(site, asking, name)
    context = {**framed, **described}
    text = site.templates.render(f"parts/{name}.html", context)
    return web.Response(text=text, content_type="text/html")


def _lead_on(address: str) -> web.Response:
    return web.Response(status=303, headers={"Location": address})

"""The answers of what operators do: dialogs, orders, and the operations that are under way."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from workers.console.acting import act, ask
from workers.console.answers import show
from workers.console.journal_replaying import journal_dialog, refill
from workers.console.orders import ask_order, give
from workers.console.pages_shown import frame
from workers.console.site import Asking, Site


async def ask_to_move(site: Site, asking: Asking, request: web.Request) -> web.StreamResponse:
    """Answer with the dialog in which letters are moved."""
    described = await ask(site, request)
    dialog = _Dialog(site, asking, request)
    return await dialog.show("act", described)


async def move(site: Site, asking: Asking, request: web.Request) -> web.StreamResponse:
    """Begin to move letters, and lead on to where it is seen."""
    number, described = await act(site, asking, request)
    if number is None:
        dialog = _Dialog(site, asking, request)
        return await dialog.show("act", described)
    return _lead_on(site, "/operations")


async def ask_to_order(site: Site, asking: Asking, request: web.Request) -> web.StreamResponse:
    """Answer with the dialog in which an order is given."""
    described = ask_order(request)
    dialog = _Dialog(site, asking, request)
    return await dialog.show("order", described)


async def order(site: Site, asking: Asking, request: web.Request) -> web.StreamResponse:
    """Give an order, and lead on to where it is seen."""
    described = await give(site, asking, request)
    if described is not None:
        dialog = _Dialog(site, asking, request)
        return await dialog.show("order", described)
    return _lead_on(site, "/")


async def ask_to_refill(site: Site, asking: Asking, request: web.Request) -> web.StreamResponse:
    """Answer with the dialog in which a consumer is given webhooks of the journal."""
    described = await journal_dialog(site, request.query)
    dialog = _Dialog(site, asking, request)
    return await dialog.show("refill", described)


async def refill_consumer(site: Site, asking: Asking, request: web.Request) -> web.StreamResponse:
    """Begin to give a consumer webhooks of the journal, and lead on to where it is seen."""
    form = await request.post()
    described = await refill(site, asking, form)
    if described is not None:
        dialog = _Dialog(site, asking, request)
        return await dialog.show("refill", described)
    return _lead_on(site, "/operations")


async def stop(site: Site, asking: Asking, request: web.Request) -> web.StreamResponse:
    """Have an operation end, and lead on to where it is seen."""
    number = request.match_info["number"]
    if number.isdecimal():
        site.operations.stop(int(number), asking.by)
    return _lead_on(site, "/operations")


@dataclass(frozen=True, slots=True)
class _Dialog:
    """A dialog, for who asks for it."""

    site: Site
    asking: Asking
    request: web.Request

    async def show(self, name: str, described: Mapping[str, Any]) -> web.Response:
        """Answer with a page, or where scripts show it in one with what is in it alone."""
        if "part" not in self.request.query:
            return await show(self.site, self.asking, name, described)

        framed = await frame(self.site, self.asking, name)
        context = {**framed, **described}
        text = self.site.templates.render(f"parts/{name}.html", context)
        return web.Response(text=text, content_type="text/html")


def _lead_on(site: Site, path: str) -> web.Response:
    answer = web.Response(status=303)
    answer.headers["Location"] = site.address(path)
    return answer

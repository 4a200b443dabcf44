"""The console as an aiohttp application: its addresses, and what holds for every answer."""

from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web
from aiohttp.typedefs import Middleware

from workers.console.answers import (
    explain,
    page_handler,
    show_body,
    static_answers,
    suggest,
)
from workers.console.deeds import ask_to_move, ask_to_order, move, order, stop
from workers.console.guard import Handler, guarded, origin_of
from workers.console.live import Live
from workers.console.login import Login, leave
from workers.console.pages_shown import PAGES
from workers.console.response_headers import ALWAYS, NOT_KEPT, WHERE_SECURE
from workers.console.site import Site
from workers.console.users import Role

log = structlog.get_logger()

MOST_SENT = 3 * 1024 * 1024
"""Bytes of a form, at most."""
SAID: dict[int, str] = {
    403: "You may not do that.",
    404: "There is nothing here. A letter that was replayed or dropped is not here any more.",
    405: "That cannot be done with this address.",
    503: "That is not to be had right now.",
}
Next = Callable[[web.Request], Awaitable[web.StreamResponse]]


def application(site: Site, live: Live) -> web.Application:
    """Return what answers; it is shut down by whoever runs it."""
    app = web.Application(client_max_size=MOST_SENT, middlewares=[_told_as_page(site)])
    app.add_routes(static_answers(site))
    login = Login(site)
    app.add_routes(
        [
            web.get(site.address("/login"), login.show),
            web.post(site.address("/login"), login.enter),
        ]
    )
    for method, path, needs, handler in _addresses(live):
        app.router.add_route(method, site.address(path), guarded(site, needs, handler))

    async def dress(request: web.Request, answer: web.StreamResponse) -> None:
        answer.headers.update(ALWAYS)
        answer.headers.setdefault("Cache-Control", NOT_KEPT)
        if origin_of(site, request).is_secure:
            answer.headers.update(WHERE_SECURE)

    app.on_response_prepare.append(dress)
    return app


def _addresses(live: Live) -> list[tuple[str, str, Role, Handler]]:
    """Return each address with the role that it needs."""
    addresses: list[tuple[str, str, Role, Handler]] = [
        ("POST", "/letter", Role.VIEWER, show_body),
        ("POST", "/explain", Role.VIEWER, explain),
        ("GET", "/suggestions", Role.VIEWER, suggest),
        ("GET", "/act/{verb}", Role.OPERATOR, ask_to_move),
        ("POST", "/act/{verb}", Role.OPERATOR, move),
        ("GET", "/order/{what}", Role.OPERATOR, ask_to_order),
        ("POST", "/order/{what}", Role.OPERATOR, order),
        ("POST", "/stop/{number}", Role.OPERATOR, stop),
        ("POST", "/logout", Role.VIEWER, leave),
        ("GET", "/live", Role.VIEWER, live.follow),
    ]
    for name, page in PAGES.items():
        if not page.path:
            continue  # it stands at several addresses
        addresses.append(("GET", page.path, Role.VIEWER, page_handler(name)))
    return addresses


def _told_as_page(site: Site) -> Middleware:
    @web.middleware
    async def tell(request: web.Request, handler: Next) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as error:
            if error.status < 400:  # noqa: PLR2004 - it leads on
                raise
            return _page(site, error.status, _said(error))
        except Exception as error:
            kind = type(error).__name__
            log.exception("console.failed", path=request.path, error=f"{kind}: {error}")
            return _page(site, 500, "Something went wrong here; the log of the console tells more.")

    return tell


def _said(error: web.HTTPException) -> str:
    is_own = error.text and not error.text.startswith(f"{error.status}:")
    if is_own:
        return str(error.text)
    return SAID.get(error.status, error.reason)


def _page(site: Site, status: int, said: str) -> web.Response:
    page = site.templates.render("error.html", {"status": status, "said": said})
    return web.Response(text=page, content_type="text/html", status=status)

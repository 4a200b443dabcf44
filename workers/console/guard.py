"""Who may have which answer: asked before every handler, in one place."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import quote

from aiohttp import web

from workers.console.origin import Origin, is_own_site
from workers.console.site import Asking, Site
from workers.console.users import Role

COOKIE = "hookline_console"
Handler = Callable[[Site, Asking, web.Request], Awaitable[web.StreamResponse]]
"""Answers somebody who may ask."""
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


def guarded(site: Site, needs: Role, handler: Handler) -> Answer:
    """Return what asks who it is, and answers who may have the answer."""

    async def answer(request: web.Request) -> web.StreamResponse:
        asking = who_asks(site, request)
        if asking is None:
            return _asked_to_log_in(site, request)
        if not asking.user.role.may(needs):
            raise web.HTTPForbidden(text="This needs the role operator; yours is viewer.")
        if request.method == "POST":
            await check_form(site, asking, request)
        return await handler(site, asking, request)

    return answer


def origin_of(site: Site, request: web.Request) -> Origin:
    """Return where a request comes from."""
    peer = request.remote or ""
    return site.proxies.origin(peer, request.headers, is_secure=request.secure)


def who_asks(site: Site, request: web.Request) -> Asking | None:
    """Return who it is; None for nobody who may come in."""
    origin = origin_of(site, request)
    cookie = request.cookies.get(COOKIE, "")
    found = site.who(cookie, origin)
    if found is None:
        return None

    user, session = found
    token = site.sessions.token(session)
    return Asking(user, session, origin, token, request.query)


def check_site(origin: Origin, request: web.Request) -> None:
    """Raise HTTPForbidden where a form is not sent by a page of ours."""
    if not is_own_site(request.headers, origin.host):
        raise web.HTTPForbidden(
            text="The form was not sent by a page of this console. Where a proxy stands in front, "
            "it must pass on the Host header, or be named in HOOKLINE_CONSOLE_PROXIES."
        )


async def form_of(request: web.Request) -> Mapping[str, Any]:
    """Return what was filled in; raises HTTPBadRequest where that cannot be read."""
    try:
        return await request.post()
    except (ValueError, LookupError) as error:
        raise web.HTTPBadRequest(text="The form cannot be read.") from error


async def check_form(site: Site, asking: Asking, request: web.Request) -> None:
    """Raise HTTPForbidden where a form is not one that we gave this session."""
    check_site(asking.origin, request)
    form = await form_of(request)
    given = form.get("token", "")
    if not isinstance(given, str) or not site.sessions.is_token(asking.session, given):
        raise web.HTTPForbidden(text="The form is of another session: go back and reload the page.")


def _asked_to_log_in(site: Site, request: web.Request) -> web.Response:
    accepted = request.headers.get("Accept", "")
    if request.method != "GET" or "text/html" not in accepted:
        raise web.HTTPUnauthorized(text="Log in first.")

    wanted = quote(request.path_qs, safe="")
    address = site.address(f"/login?to={wanted}")
    raise web.HTTPFound(address)

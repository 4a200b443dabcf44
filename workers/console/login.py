"""Logging in and out."""

import asyncio
from dataclasses import dataclass, field
from time import monotonic, time

import structlog
from aiohttp import web

from workers.console.guard import COOKIE, check_site, form_of, origin_of
from workers.console.passwords import nobodys
from workers.console.sessions import LASTS
from workers.console.site import Asking, Site
from workers.telemetry import LOGINS_REFUSED

log = structlog.get_logger()

MOST_NAME = 80
"""Characters of a name."""
AT_ONCE = 2
"""Passwords that are compared at the same time: each takes 32 MiB."""
WRONG = "Name or password is wrong."


class Login:
    """Lets people in who know a password."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._places = asyncio.Semaphore(AT_ONCE)
        self._nobodys = nobodys()

    async def show(self, request: web.Request) -> web.Response:
        """Show the form."""
        wanted = request.query.get("to", "")
        path = _own_path(self._site, wanted)
        origin = origin_of(self._site, request)
        return self._form(path, "", named=origin.user)

    async def enter(self, request: web.Request) -> web.Response:
        """Take what was filled in, and lead on where it is right."""
        origin = origin_of(self._site, request)
        check_site(origin, request)
        form = await form_of(request)
        given = _Given(
            name=str(form.get("name", ""))[:MOST_NAME],
            password=str(form.get("password", "")),
            path=_own_path(self._site, str(form.get("to", ""))),
        )

        failed = self._site.failed
        wait = failed.wait(origin.address, given.name, monotonic())
        if wait:
            self._count_refused("too_many")
            return self._refused(given.path, wait)

        failed.note(origin.address, given.name, monotonic())  # until it is known to be right
        if not await self._is_right(given):
            self._count_refused("wrong")
            log.warning("console.login_failed", name=given.name, address=origin.address)
            return self._form(given.path, WRONG, status=403)

        failed.forget(origin.address, given.name)
        log.info("console.logged_in", name=given.name, address=origin.address)
        return self._let_in(given, is_secure=origin.is_secure)

    async def _is_right(self, given: "_Given") -> bool:
        user = self._site.settings.console_users.get(given.name)
        known = None
        if user is not None:
            known = user.password

        compared = known or self._nobodys
        async with self._places:
            fits = await asyncio.to_thread(compared.fits, given.password)
        return fits and known is not None

    def _count_refused(self, reason: str) -> None:
        app = self._site.settings.app
        LOGINS_REFUSED.labels(app, reason).inc()

    def _let_in(self, given: "_Given", *, is_secure: bool) -> web.Response:
        session = self._site.sessions.begin(given.name, time())
        answer = web.Response(status=303)
        answer.headers["Location"] = given.path
        answer.set_cookie(
            COOKIE,
            self._site.sessions.cookie(session),
            max_age=int(LASTS),
            path=self._site.prefix or "/",
            secure=is_secure,
            httponly=True,
            samesite="Lax",  # a view that somebody sends is opened from elsewhere
        )
        return answer

    def _refused(self, path: str, wait: float) -> web.Response:
        seconds = int(wait) + 1
        told = f"Too many tries: the next is in {seconds} s."
        answer = self._form(path, told, status=429)
        answer.headers["Retry-After"] = str(seconds)
        return answer

    def _form(self, path: str, problem: str, status: int = 200, named: str = "") -> web.Response:
        users = self._site.settings.console_users.values()
        context = {
            "to": path,
            "problem": problem,
            "named": named[:MOST_NAME],
            "can_log_in": any(user.password for user in users),
        }
        page = self._site.templates.render("login.html", context)
        return web.Response(text=page, content_type="text/html", status=status)


@dataclass(frozen=True, slots=True)
class _Given:
    """What was filled in."""

    name: str
    path: str
    password: str = field(repr=False)


async def leave(site: Site, asking: Asking, _: web.Request) -> web.StreamResponse:
    """End a session."""
    site.sessions.end(asking.session)
    answer = web.Response(status=303)
    answer.headers["Location"] = site.address("/login")
    answer.del_cookie(COOKIE, path=site.prefix or "/")
    return answer


def _own_path(site: Site, path: str) -> str:
    """Return a path of the console; its first page where it leads anywhere else."""
    first = site.address("/")
    if not path.startswith(first) or path.startswith("//"):
        return first
    if "\\" in path or not path.isprintable():
        return first
    return path

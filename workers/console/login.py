"""Logging in and out."""

import asyncio
from time import monotonic, time

import structlog
from aiohttp import web

from workers.console.guard import COOKIE, check_site, origin_of
from workers.console.passwords import hashed
from workers.console.sessions import LASTS
from workers.console.site import Asking, Site
from workers.console.users import User

log = structlog.get_logger()

AT_ONCE = 2
"""Passwords that are compared at the same time: each takes 32 MiB."""
WRONG = "Name or password is wrong."


class Login:
    """Lets people in who know a password."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._places = asyncio.Semaphore(AT_ONCE)
        self._nobodys = hashed("")  # compared with where there is no such user: as slow as another

    async def show(self, request: web.Request) -> web.Response:
        """Show the form."""
        return self._form(_own_path(self._site, request.query.get("to", "")), "")

    async def enter(self, request: web.Request) -> web.Response:
        """Take what was filled in; raises HTTPFound where it is right."""
        site = self._site
        origin = origin_of(site, request)
        check_site(origin, request)
        form = await request.post()
        name = str(form.get("name", ""))[:80]
        password = str(form.get("password", ""))
        path = _own_path(site, str(form.get("to", "")))

        wait = site.failed.wait(origin.address, name, monotonic())
        if wait:
            return self._refused(path, wait)

        site.failed.note(origin.address, name, monotonic())  # until it is known to be right
        if not await self._is_right(site.settings.console_users.get(name), password):
            log.warning("console.login_failed", name=name, address=origin.address)
            return self._form(path, WRONG, status=403)

        site.failed.forget(origin.address)
        log.info("console.logged_in", name=name, address=origin.address)
        return self._let_in(name, path, is_secure=origin.is_secure)

    async def _is_right(self, user: User | None, password: str) -> bool:
        known = user.password if user is not None else None
        async with self._places:
            fits = await asyncio.to_thread((known or self._nobodys).fits, password)
        return fits and known is not None

    def _let_in(self, name: str, path: str, *, is_secure: bool) -> web.Response:
        session = self._site.sessions.begin(name, time())
        answer = web.Response(status=303, headers={"Location": path})
        answer.set_cookie(
            COOKIE,
            self._site.sessions.cookie(session),
            max_age=int(LASTS),
            path=self._site.prefix or "/",
            secure=is_secure,
            httponly=True,
            samesite="Strict",
        )
        return answer

    def _refused(self, path: str, wait: float) -> web.Response:
        seconds = int(wait) + 1
        answer = self._form(path, f"Too many tries: the next is in {seconds} s.", status=429)
        answer.headers["Retry-After"] = str(seconds)
        return answer

    def _form(self, path: str, problem: str, status: int = 200) -> web.Response:
        can_log_in = any(user.password for user in self._site.settings.console_users.values())
        context = {"to": path, "problem": problem, "can_log_in": can_log_in}
        page = self._site.templates.render("login.html", context)
        return web.Response(text=page, content_type="text/html", status=status)


async def leave(site: Site, asking: Asking, _: web.Request) -> web.StreamResponse:
    """End a session."""
    site.sessions.end(asking.session)
    answer = web.Response(status=303, headers={"Location": site.address("/login")})
    answer.del_cookie(COOKIE, path=site.prefix or "/")
    return answer


def _own_path(site: Site, path: str) -> str:
    """Return a path of the console; its first page where it leads anywhere else."""
    is_own = path.startswith(f"{site.prefix}/") and not path.startswith("//")
    if not is_own or "\\" in path or not path.isprintable():
        return site.address("/")
    return path

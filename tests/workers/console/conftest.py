"""The console without a broker: its application, with what it would have read."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from jinja2 import Environment, FileSystemBytecodeCache

from schemas.control import ControlState
from schemas.fleet import Fleet
from tests.workers.test_status_text import TABLE
from workers.broker.link import ReconnectingLink
from workers.console import templates
from workers.console.passwords import PasswordHash, _key
from workers.console.serving import Served
from workers.console.settings import ConsoleSettings
from workers.operate.status import Seen
from workers.settings import read

PASSWORD = "correct horse"
_BLANK = PasswordHash(4, 1, 1, b"0123456789abcdef", bytes(32))
HASH = str(PasswordHash(4, 1, 1, _BLANK.salt, _key(PASSWORD, _BLANK)))
"""Of few rounds: a login takes no time."""
USERS = f"jane:{HASH}:operator,carl:{HASH}:viewer"


class Visitor(TestClient[web.Request, web.Application]):
    """A browser without scripts, that says where its forms come from."""

    served: Served

    def tell(self) -> None:
        """Have the console tell all who look that something has changed."""
        self.served._site.news.tell()

    async def log_in(self, name: str, password: str = PASSWORD, **headers: str) -> int:
        """Log in; return the status."""
        form = {"name": name, "password": password}
        async with self.post(
            "/login", data=form, headers=self.own | headers, allow_redirects=False
        ) as answer:
            return answer.status

    @property
    def own(self) -> dict[str, str]:
        """The header by which a browser says that a form is of the console's own page."""
        return {"Origin": f"http://{self.host}:{self.port}"}

    async def token(self) -> str:
        """Return what the forms of a page carry."""
        _, text = await self.page("/")
        (token, *_) = re.findall(r'name="token" value="([^"]+)"', text)
        return str(token)

    async def page(self, path: str, **headers: str) -> tuple[int, str]:
        """Return the status and the text of a page."""
        dressed = {"Accept": "text/html"} | headers
        async with self.get(path, headers=dressed, allow_redirects=False) as answer:
            return answer.status, await answer.text()


@pytest.fixture(scope="session", autouse=True)
def templates_are_compiled_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Each console would compile its own anew."""
    folder = tmp_path_factory.mktemp("templates")
    compiled = FileSystemBytecodeCache(str(folder))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(templates, "Environment", partial(Environment, bytecode_cache=compiled))
        yield


@asynccontextmanager
async def visitor_of(served: Served) -> AsyncIterator[Visitor]:
    """Yield somebody who visits a console, and keeps cookies though it has no name."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with Visitor(TestServer(served.application), cookie_jar=jar) as visitor:
        visitor.served = served
        yield visitor
        await served.end()


def served_with(**settings: str) -> Served:
    """Return a console of these settings, which has read the status once."""
    environment = {"HOOKLINE_AMQP_URL": "amqp://127.0.0.1:1/", "HOOKLINE_CONSOLE_USERS": USERS}
    environment |= {f"HOOKLINE_CONSOLE_{name.upper()}": value for name, value in settings.items()}
    read_ones = read(environment, ConsoleSettings)
    served = Served(read_ones, ReconnectingLink(read_ones.amqp_url, "console"))
    served.watch.seen = Seen(TABLE, ControlState(), Fleet())
    return served


@pytest.fixture
async def visitor() -> AsyncIterator[Visitor]:
    """Somebody who visits a console of the usual settings, and has not logged in."""
    async with visitor_of(served_with()) as one:
        yield one

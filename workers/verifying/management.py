"""RabbitMQ's management API: what it shows of bindings, policies and users."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import aiohttp
from aiohttp import BasicAuth, ClientSession, ClientTimeout, TCPConnector
from yarl import URL

from runtime.amqp.link import UnreachableError
from schemas.broker_objects import Binding, Destination
from schemas.roles import Permissions
from workers.settings import Settings
from workers.verifying.bindings import Bound
from workers.verifying.policies import Governed
from workers.verifying.users import User

MANAGEMENT_TIMEOUT = 30
"""Seconds for one answer: of thousands of queues it is megabytes."""


class NoAnswer(UnreachableError):
    """The API does not answer as it should; the sentence says why, and shows no password."""


class MayNotSee(Exception):
    """Our user has not the tag that the API wants for this."""


class Management:
    """The API, as one of its users sees one virtual host."""

    def __init__(self, session: ClientSession, url: URL, vhost: str) -> None:
        self._session = session
        self._url = url
        self._vhost = quote(vhost, safe="")

    async def bindings(self) -> list[Bound]:
        """Return every binding from an exchange that has a name."""
        rows = await self._get(f"bindings/{self._vhost}")
        return [_bound(row) for row in rows if row["source"]]

    async def queues(self) -> list[Governed]:
        """Return every queue, and the policies that apply to it."""
        columns = "name,policy,operator_policy,effective_policy_definition"
        rows = await self._get(f"queues/{self._vhost}?columns={columns}")
        return [_governed(row) for row in rows]

    async def users(self) -> dict[str, User]:
        """Return every user by name; raises MayNotSee."""
        granted: dict[str, Permissions] = {}
        for row in await self._get(f"vhosts/{self._vhost}/permissions"):
            granted[row["user"]] = Permissions(row["configure"], row["write"], row["read"])

        users: dict[str, User] = {}
        for row in await self._get("users"):
            name = row["name"]
            users[name] = User(_tags(row["tags"]), granted.get(name))
        return users

    async def check_login(self) -> None:
        """Raise NoAnswer where we are not let in at all."""
        try:
            await self._get("whoami")
        except MayNotSee:
            login = self._session.auth
            user = "nobody"
            if login is not None:
                user = login.login
            raise NoAnswer(
                f"{self._shown}: it refuses user {user}: a wrong password, or none of the tags "
                "that open the API (rabbitmqctl set_user_tags USER monitoring)"
            ) from None

    async def _get(self, path: str) -> Any:
        url = self._url.joinpath("api") / ""
        try:
            async with self._session.get(URL(f"{url}{path}", encoded=True)) as answer:
                if answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
                    raise MayNotSee(path)
                if answer.status != HTTPStatus.OK:
                    raise NoAnswer(f"{self._shown}: {answer.status} for /api/{path}")
                return await answer.json()
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise NoAnswer(f"{self._shown}: {type(error).__name__}: {error}") from error

    @property
    def _shown(self) -> str:
        return f"management API at {self._url.host}:{self._url.port}"


@asynccontextmanager
async def management(api: str, settings: Settings) -> AsyncIterator[Management]:
    """Speak to the API at this URL, as the user that it names, or else that of the broker's URL.

    Raises NoAnswer where it does not let us in.
    """
    url = URL(api)
    named = url
    if not url.user:
        named = URL(settings.amqp_url[0])
    login = BasicAuth(named.user or "guest", named.password or "guest")
    connector = TCPConnector(ssl=_certificates(url))
    plain = url.with_user(None).with_query(None)

    async with ClientSession(
        auth=login, connector=connector, timeout=ClientTimeout(total=MANAGEMENT_TIMEOUT)
    ) as session:
        one = Management(session, plain, settings.vhost)
        await one.check_login()
        yield one


def _certificates(url: URL) -> ssl.SSLContext | bool:
    """Return whom to trust and how to show who we are: the options that an AMQP URL has too."""
    if url.scheme != "https":
        return True
    try:
        context = ssl.create_default_context(cafile=url.query.get("cafile"))
        if "certfile" in url.query:
            context.load_cert_chain(url.query["certfile"], url.query.get("keyfile"))
    except OSError as error:
        raise NoAnswer(
            f"management API at {url.host}:{url.port}: a file that the URL names cannot be used "
            f"({error})"
        ) from error
    return context


def _bound(row: dict[str, Any]) -> Bound:
    kind = Destination(row["destination_type"])
    binding = Binding(row["source"], row["destination"], row["routing_key"], kind)
    return Bound(binding, row["properties_key"])


def _governed(row: dict[str, Any]) -> Governed:
    named = (row.get("policy"), row.get("operator_policy"))
    policies = tuple(name for name in named if name)
    return Governed(row["name"], policies, row.get("effective_policy_definition") or {})


def _tags(told: str | list[str]) -> frozenset[str]:
    """Return the tags: a list, or up to RabbitMQ 3.8 a text."""
    listed = told
    if isinstance(told, str):
        listed = told.split(",")
    return frozenset(tag for tag in listed if tag)

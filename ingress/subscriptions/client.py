"""The subscriptions of one shop, by its platform's API: listed, made, moved, ended."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

import aiohttp

from ingress.subscriptions.apis import Api, Query
from ingress.subscriptions.calls import Answer, Caller, NotDone, Sleep
from ingress.subscriptions.held import Held, Unreadable, read_all, read_count, read_one
from ingress.subscriptions.shop import Shop

PAGES = 200
"""Of a list; a platform whose pages do not end is not followed."""

_LIST = "/webhooks.json"

T = TypeVar("T")


class Client:
    """The API of one shop, for one caller at a time.

    `base` stands for `https://SHOP`, where it is not asked at its own address; `version` is that of
    the API, where it has one.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        api: Api,
        shop: Shop,
        version: str,
        base: str | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        origin = base or f"https://{shop.shop}"
        path = api.path.format(version=version)
        url = origin.rstrip("/") + path

        headers = api.credential_headers(shop.credential)
        headers["Host"] = shop.shop
        self._caller = Caller(session, api, url, headers, sleep)
        self._api = api

    async def held(self) -> list[Held]:
        """Return all subscriptions that the shop has; raises NotDone.

        A list that is shorter than the platform's own count is no list: whoever took it for one
        would make subscriptions that are there.
        """
        found = await self._pages()
        count = await self._count()
        if count > len(found):
            found = await self._pages()  # one may have been made meanwhile
            count = await self._count()

        if count > len(found):
            raise NotDone(f"lists {len(found)} subscriptions and counts {count}")
        return found

    async def create(self, topic: str, address: str, format_: str) -> Held:
        """Have webhooks of a topic sent to an address; raises NotDone."""
        document = _document(topic=topic, address=address, format=format_)
        answer = await self._caller.ask("POST", _LIST, document=document)
        return _read(read_one, answer)

    async def change(self, one: Held, address: str, format_: str) -> Held:
        """Have a subscription lead to another address, or in another format; raises NotDone."""
        number: int | str = one.id
        if one.id.isdecimal():
            number = int(one.id)

        wanted: dict[str, int | str] = {"id": number, "address": address}
        if format_ != one.format:  # as documented, no more is said than what changes
            wanted["format"] = format_
        document = _document(**wanted)
        answer = await self._caller.ask("PUT", _path(one), document=document)
        return _read(read_one, answer)

    async def delete(self, one: Held) -> None:
        """End a subscription, also one that is gone already; raises NotDone."""
        try:
            await self._caller.ask("DELETE", _path(one))
        except NotDone as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise

    async def _pages(self) -> list[Held]:
        found: dict[str, Held] = {}
        asked: Query = {"limit": str(self._api.page_size)}
        for _ in range(PAGES):
            answer = await self._caller.ask("GET", _LIST, asked)
            page = _read(read_all, answer)
            before = len(found)
            for one in page:
                found[one.id] = one

            following = self._api.next_page(asked, answer.headers, len(page))
            brings_nothing_new = before == len(found)
            if following is None or brings_nothing_new:
                return list(found.values())
            asked = following
        raise NotDone("the pages of its list do not end")

    async def _count(self) -> int:
        answer = await self._caller.ask("GET", "/webhooks/count.json")
        return _read(read_count, answer)


def _path(one: Held) -> str:
    return f"/webhooks/{one.id}.json"


def _document(**wanted: Any) -> Any:
    return {"webhook": wanted}


def _read(read: Callable[[Any], T], answer: Answer) -> T:
    try:
        return read(answer.document)
    except Unreadable as error:
        raise NotDone(str(error)) from None

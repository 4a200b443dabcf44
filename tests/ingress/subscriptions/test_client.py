"""Asking a shop's API, which misbehaves: what is tried again, what is told, how long is waited."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from unittest.mock import patch

import aiohttp
import pytest
import trustme

from ingress.subscriptions import calls
from ingress.subscriptions import client as module
from ingress.subscriptions.apis import APIS
from ingress.subscriptions.calls import ATTEMPTS, NotDone
from ingress.subscriptions.client import Client
from ingress.subscriptions.held import Held
from ingress.subscriptions.shop import Shop
from tests.ingress.subscriptions.conftest import TOKEN, Counter
from tests.shop_apis.stand_in import (
    Trouble,
    cut_off,
    half_a_document,
    half_a_list,
    lose_answer,
    raw,
    redirect,
    slow,
    stand_in,
    status,
)

OURS = "https://hooks.example.com/webhooks/spiffy"
LIST = "GET /webhooks.json"
COUNT = "GET /webhooks/count.json"


async def failure(call: Awaitable[object]) -> str:
    """Return why a call was not done."""
    with pytest.raises(NotDone) as caught:
        await call
    assert TOKEN not in str(caught.value)
    return str(caught.value)


async def test_a_subscription_is_made_moved_and_ended(counter: Counter) -> None:
    client = counter.client()
    assert [] == await client.held()
    made = await client.create("orders/create", "https://old.example.com/in", "xml")
    assert ("orders/create", "https://old.example.com/in", "xml") == (
        made.topic,
        made.address,
        made.format,
    )

    moved = await client.change(made, OURS, "json")
    assert (made.id, OURS, "json") == (moved.id, moved.address, moved.format)
    assert [moved.id] == [one.id for one in await client.held()]

    await client.delete(moved)
    assert {} == counter.store.hooks
    await client.delete(moved)  # it is gone already, which is as it should be


async def test_a_list_of_many_pages_is_read_whole(counter: Counter) -> None:
    addresses = {f"https://hooks.example.com/{number}" for number in range(251)}
    for address in addresses:
        counter.store.add("orders/create", address)
    assert addresses == {one.address for one in await counter.client().held()}


async def test_a_key_and_its_password_are_asked_with_as_well(counter: Counter) -> None:
    counter.api.shop(counter.name, "key:pa55word")
    assert [] == await counter.client("key:pa55word").held()


@pytest.mark.parametrize(
    "trouble",
    [status(500), status(503), status(429), status(408), cut_off, lose_answer, half_a_document],
    ids=["500", "503", "429", "408", "cut off", "no answer", "half a document"],
)
@pytest.mark.parametrize("call", [LIST, COUNT])
async def test_what_passes_is_asked_for_again(
    counter: Counter, call: str, trouble: Trouble
) -> None:
    counter.store.add("orders/create", OURS)
    counter.api.trouble(call, trouble, trouble)
    assert [OURS] == [one.address for one in await counter.client().held()]
    # aiohttp asks once more by itself where a connection was lost.
    assert 3 == sum(one.startswith(call) for one in counter.api.calls)
    assert counter.pauses


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (status(500, errors="down"), "answered 500: down"),
        (status(429), "too many calls (429)"),
        (cut_off, "the answer was cut off"),
        (half_a_document, "the answer is not JSON, or only a part of it"),
    ],
)
async def test_what_does_not_pass_is_told_after_some_attempts(
    counter: Counter, trouble: Trouble, told: str
) -> None:
    counter.store.add("orders/create", OURS)
    counter.api.trouble(LIST, *[trouble] * ATTEMPTS)
    assert (await failure(counter.client().held())).startswith(told)
    assert ATTEMPTS == len(counter.api.calls)


async def test_half_a_list_is_no_list_and_a_second_look_may_find_the_whole(
    counter: Counter,
) -> None:
    for number in range(4):
        counter.store.add("orders/create", f"{OURS}/{number}")
    counter.api.trouble(LIST, half_a_list)
    assert 4 == len(await counter.client().held())

    counter.api.trouble(LIST, half_a_list, half_a_list)
    assert "lists 2 subscriptions and counts 4" == await failure(counter.client().held())


async def test_pages_that_do_not_end_are_not_followed(counter: Counter) -> None:
    for number in range(3):
        counter.store.add("orders/create", f"{OURS}/{number}")
    with patch.object(module, "PAGES", 1):
        assert 3 == len(await counter.client().held())
        for number in range(250):
            counter.store.add("orders/paid", f"{OURS}/{number}")
        assert "the pages of its list do not end" == await failure(counter.client().held())


async def test_pages_that_say_the_same_again_are_left(counter: Counter) -> None:
    for number in range(251):
        counter.store.add("orders/create", f"{OURS}/{number}")
    counter.api.takes_no_notice_of_pages = True
    told = await failure(counter.client().held())
    size = {"spiffy": 50, "shopify": 250}[counter.api.platform]
    assert f"lists {size} subscriptions and counts 251" == told


async def test_an_answer_that_does_not_end_is_not_read(counter: Counter) -> None:
    with patch.object(calls, "LARGEST", 10):
        assert "the answer does not end" == await failure(counter.client().held())


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """Return an answer's bytes."""
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(head).encode() + body


NASTY = {
    "nothing": b"",
    "no HTTP": b"hello\r\n\r\n",
    "another protocol": b"\x15\x03\x01\x00\x02\x02\x46",
    "a long head": b"HTTP/1.1 200 OK\r\nA: " + b"a" * 100_000 + b"\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "no content": b"HTTP/1.1 204 No Content\r\n\r\n",
    "not modified": b"HTTP/1.1 304 Not Modified\r\n\r\n",
    "bad chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "no gzip": answer(b"{}", "Content-Encoding: gzip"),
    "null": answer(b"null"),
    "a list": answer(b"[]"),
    "no list": answer(b'{"webhooks": {}}'),
    "a list of nothing": answer(b'{"webhooks": [null]}'),
    "no text": answer(b"\xff\xfe\x00"),
    "deep": answer(b'{"webhooks": ' + b"[" * 5_000),
    "a strange limit": answer(b"{}", "X-Ratelimit: []", "X-Shopify-Shop-Api-Call-Limit: /"),
    "a strange cookie": answer(b"{}", "Set-Cookie: \x01=\x02", "Link: <", "Retry-After: -"),
    "an unknown status": answer(b"{}", status="799 Odd"),
    "errors of every kind": answer(b'{"errors": [1, {"a": null}]}', status="422 No"),
}


@pytest.mark.parametrize("whole", NASTY.values(), ids=NASTY)
async def test_whatever_is_answered_is_an_answer_or_told(counter: Counter, whole: bytes) -> None:
    for call in (LIST, COUNT):
        counter.api.trouble(call, *[raw(whole)] * 2 * ATTEMPTS)
    told = await failure(counter.client().held())
    assert told.isprintable()
    assert "\n" not in told


async def test_a_platform_that_does_not_answer_in_time_is_given_up(counter: Counter) -> None:
    over = asyncio.Event()
    counter.api.trouble(LIST, *[slow(over)] * ATTEMPTS)
    with patch.object(calls, "TIMEOUT", aiohttp.ClientTimeout(total=0.05)):
        assert "no answer in time" == await failure(counter.client().held())
    over.set()


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (lambda counter: counter.client("an0ther"), "the credential is not taken (401): [API]"),
        (
            lambda counter: counter.client(name="gone.spiffystores.com"),
            "there is no such shop or subscription (404): Not Found",
        ),
    ],
)
async def test_a_wrong_credential_and_a_shop_that_is_gone_are_told_at_once(
    counter: Counter, ask: Callable[[Counter], Client], told: str
) -> None:
    assert (await failure(ask(counter).held())).startswith(told)
    assert 1 == len(counter.api.calls)


@pytest.mark.parametrize(
    ("number", "told"), [(402, "the shop is closed"), (403, "the credential may not"), (423, "the")]
)
async def test_what_will_not_pass_is_not_tried_again(
    counter: Counter, number: int, told: str
) -> None:
    counter.api.trouble(LIST, status(number))
    assert (await failure(counter.client().held())).startswith(told)
    assert [] == counter.pauses


async def test_a_redirect_is_not_followed_with_the_credential(counter: Counter) -> None:
    counter.api.trouble(LIST, redirect)
    assert "leads elsewhere (301)" in await failure(counter.client().held())


async def test_a_shop_whose_certificate_nobody_vouches_for_sees_no_credential() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    async with aiohttp.ClientSession() as session, stand_in("spiffy", context) as api:
        told = await failure(Counter(api, session).client().held())
        assert ("its certificate does not hold", []) == (told, api.calls)


async def test_where_nobody_listens_that_is_told(counter: Counter) -> None:
    counter.api.url = "http://127.0.0.1:9"
    assert "cannot be reached: Connect call failed" in await failure(counter.client().held())


async def test_a_shop_whose_name_nobody_can_look_up_is_told_at_once() -> None:
    nameless = Shop.model_construct(shop="johns..spiffystores.com", credential=TOKEN)
    async with aiohttp.ClientSession() as session:
        client = Client(session, APIS["spiffy"], nameless, "", sleep=never)
        assert "it cannot be asked (UnicodeError)" == await failure(client.held())


async def never(_: float) -> None:
    """Stand in for a pause that is not to be made."""
    raise AssertionError


async def test_a_platform_that_says_when_is_asked_again_then(counter: Counter) -> None:
    counter.api.trouble(LIST, status(429, {"Retry-After": "7.5"}))
    await counter.client().held()
    assert [7.5] == counter.pauses


async def test_a_limit_that_is_nearly_reached_is_waited_out_before_the_next_call(
    counter: Counter,
) -> None:
    counter.store.limit = 100
    counter.store.left = 12
    client = counter.client()
    await client.held()  # two calls, after which 10 are left
    assert [] == counter.pauses

    await client.held()
    assert counter.pauses
    assert all(pause > 5 for pause in counter.pauses)


async def test_the_reason_of_a_refusal_is_the_platforms_own(counter: Counter) -> None:
    client = counter.client()
    unknown = await failure(client.create("coupons/create", OURS, "json"))
    assert unknown.startswith("refused (422): topic ")

    await client.create("orders/create", OURS, "json")
    taken = await failure(client.create("orders/create", OURS, "json"))
    assert "already been taken" in taken


async def test_what_is_gone_cannot_be_moved(counter: Counter) -> None:
    gone = Held("1", "orders/create", OURS, "json")
    assert "(404)" in await failure(counter.client().change(gone, OURS, "json"))

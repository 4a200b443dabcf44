"""Every row of the design's table of answers, over a real socket.

Broker and publisher are the door's stand-in here; the real ones are in tests/system.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from structlog.testing import capture_logs

from ingress.heads import MAX_HEADERS
from ingress.refusals import ANSWERS, Refusal
from ingress.signature import sign
from runtime.amqp.confirms import Failure
from schemas.topic import Topic
from schemas.webhook import Webhook
from tests.ingress.door import APPS, BODY, MAX, SHOP, Door, error_in, opened_door, written
from tests.schemas.bombs import BILLION_LAUGHS


async def test_a_signed_webhook_is_published_and_answered_with_its_id(door: Door) -> None:
    status, content, _ = await door.post(X_Spiffy_Order_Id="7", Cookie="no")
    (webhook,) = door.broker.published
    assert 200 == status
    assert webhook == Webhook(
        id=content["id"],
        app="spiffy",
        topic=Topic("orders/create"),
        shop=SHOP,
        received_ms=webhook.received_ms,
        content_type="application/json",
        body=BODY,
        headers={
            "x-spiffy-topic": "orders/create",
            "x-spiffy-shop-domain": SHOP,
            "x-spiffy-hmac-sha256": sign(BODY, b"hush"),
            "x-spiffy-order-id": "7",
        },
        secret="new",
    )


async def test_an_older_secret_still_counts_and_is_named(door: Door) -> None:
    assert (await door.post(X_Spiffy_Hmac_Sha256=sign(BODY, b"rusty")))[0] == 200
    assert "old" == door.broker.published[0].secret


@pytest.mark.parametrize("expected", ["100-continue", "100-Continue", "the unexpected"])
async def test_whatever_a_sender_expects_its_webhook_is_taken_in(door: Door, expected: str) -> None:
    assert (await door.post(Expect=expected))[0] == 200


async def test_the_path_without_an_app_works_for_the_only_one() -> None:
    async for door in opened_door({"spiffy": APPS["spiffy"]}):
        assert (await door.post("/webhooks"))[0] == 200


OTHER_FAMILY: dict[str, Any] = {
    "X_Spiffy_Topic": None, "X_Spiffy_Shop_Domain": None, "X_Spiffy_Hmac_Sha256": None,
    "x_spiffy_STORES_topic": "orders/create", "X_Spiffy_Stores_Shop_Domain": SHOP,
    "X_SPIFFY_STORES_HMAC_SHA256": sign(BODY, b"hush"),
}  # fmt: skip
SHOPIFY: dict[str, Any] = {
    "X_Shopify_Topic": "orders/create",
    "X_Shopify_Shop_Domain": "a.myshopify.com",
    "X_Shopify_Hmac_Sha256": sign(BODY, b"hush"),
    "X_Shopify_Webhook_Id": "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
}


async def test_the_platforms_other_header_family_is_understood_in_any_case(door: Door) -> None:
    assert (await door.post(**OTHER_FAMILY))[0] == 200


async def test_the_platforms_own_delivery_id_is_the_webhooks_id(door: Door) -> None:
    status, content, _ = await door.post("/webhooks/shopify", **SHOPIFY)
    assert (200, "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043") == (status, content["id"])


WRONG: list[dict[str, Any]] = [
    {"X_Spiffy_Topic": None}, {"X_Spiffy_Topic": "orders"}, {"X_Spiffy_Topic": "orders/paid"},
    {"X_Spiffy_Shop_Domain": None}, {"X_Spiffy_Shop_Domain": "a.evil.com"},
    {"Content_Type": "text/plain"}, {"Content_Encoding": "gzip"},
]  # fmt: skip
"""What whoever cannot sign is told nothing of."""
REFUSED: list[tuple[str, dict[str, Any], Refusal]] = [
    ("/webhooks/spiffy", {"X_Spiffy_Topic": None}, Refusal.MISSING_TOPIC),
    ("/webhooks/spiffy", {"X_Spiffy_Topic": "orders"}, Refusal.BAD_TOPIC),
    ("/webhooks/spiffy", {"X_Spiffy_Topic": "ordérs/create"}, Refusal.BAD_TOPIC),
    ("/webhooks/spiffy", {"X_Spiffy_Shop_Domain": None}, Refusal.MISSING_SHOP),
    ("/webhooks/spiffy", {"X_Spiffy_Shop_Domain": "two words"}, Refusal.BAD_SHOP),
    (
        "/webhooks/listed",
        {"X_Spiffy_Shop_Domain": "store.spiffystores.com.evil.com"},
        Refusal.BAD_SHOP,
    ),
    ("/webhooks/spiffy", {"X_Spiffy_Hmac_Sha256": None}, Refusal.MISSING_SIGNATURE),
    ("/webhooks/spiffy", {"X_Spiffy_Hmac_Sha256": "%%%"}, Refusal.BAD_SIGNATURE),
    ("/webhooks/spiffy", {"X_Spiffy_Hmac_Sha256": "é" * 44}, Refusal.BAD_SIGNATURE),
    ("/webhooks/spiffy", {"X_Spiffy_Hmac_Sha256": sign(BODY, b"else")}, Refusal.BAD_SIGNATURE),
    (
        "/webhooks/spiffy",
        {"X_Spiffy_Hmac_Sha256": "x" * 44, "X_Shopify_Test": "true"},
        Refusal.BAD_SIGNATURE,
    ),
    ("/webhooks/nobody", {}, Refusal.UNKNOWN_APP),
    ("/webhooks", {}, Refusal.UNKNOWN_APP),
    ("/webhooks/listed", {"X_Spiffy_Topic": "orders/paid"}, Refusal.UNKNOWN_TOPIC),
    ("/elsewhere", {}, Refusal.NOT_FOUND),
    ("/webhooks/spiffy/more", {}, Refusal.NOT_FOUND),
    ("/metrics", {}, Refusal.NOT_FOUND),
    ("/webhooks/spiffy", {"body": b"x" * (MAX + 1)}, Refusal.BODY_TOO_LARGE),
    ("/webhooks/spiffy", {"Content_Type": "text/plain"}, Refusal.BAD_CONTENT_TYPE),
    (
        "/webhooks/spiffy",
        {"Content_Type": "application/json;" + "x" * 300},
        Refusal.BAD_CONTENT_TYPE,
    ),
    ("/webhooks/spiffy", {"Content_Encoding": "gzip"}, Refusal.BAD_CONTENT_TYPE),
    ("/webhooks/spiffy", {"body": b"shop=a&timestamp=1"}, Refusal.BAD_BODY),
    ("/webhooks/spiffy", {"body": b""}, Refusal.BAD_BODY),
    ("/webhooks/hexed", {}, Refusal.BAD_SIGNATURE),
    ("/elsewhere", {"Expect": "the unexpected"}, Refusal.NOT_FOUND),
    # The order of checks: two faults, and which one is told.
    ("/webhooks/nobody", {"X_Spiffy_Topic": None}, Refusal.UNKNOWN_APP),
    (
        "/webhooks/spiffy",
        {"X_Spiffy_Topic": None, "X_Spiffy_Shop_Domain": None},
        Refusal.MISSING_TOPIC,
    ),
    (
        "/webhooks/spiffy",
        {"X_Spiffy_Shop_Domain": None, "Content_Type": "text/plain"},
        Refusal.MISSING_SHOP,
    ),
    (
        "/webhooks/spiffy",
        {"X_Spiffy_Shop_Domain": None, "body": b"x" * (MAX + 1)},
        Refusal.BODY_TOO_LARGE,
    ),
    *[
        ("/webhooks/listed", wrong | {"X_Spiffy_Hmac_Sha256": None}, Refusal.MISSING_SIGNATURE)
        for wrong in WRONG
    ],
    *[
        ("/webhooks/listed", wrong | {"X_Spiffy_Hmac_Sha256": "x" * 44}, Refusal.BAD_SIGNATURE)
        for wrong in WRONG
    ],
    (
        "/webhooks/spiffy",
        {"X_Spiffy_Hmac_Sha256": "%%%", "body": b"x" * (MAX + 1)},
        Refusal.BODY_TOO_LARGE,
    ),
    (
        "/webhooks/spiffy",
        {"X_Spiffy_Hmac_Sha256": "%%%", "Content_Type": "text/plain"},
        Refusal.BAD_SIGNATURE,
    ),
]
STATUS = {
    "missing_topic": 400,
    "bad_topic": 400,
    "missing_shop": 400,
    "bad_shop": 400,
    "missing_signature": 401,
    "bad_signature": 401,
    "stale_signature": 401,
    "unknown_app": 404,
    "unknown_topic": 404,
    "not_found": 404,
    "method_not_allowed": 405,
    "slow_body": 408,
    "body_too_large": 413,
    "bad_content_type": 415,
    "bad_body": 422,
    "shop_refused": 403,
    "shop_limited": 429,
    "address_limited": 429,
    "broker_unavailable": 503,
    "overloaded": 503,
    "draining": 503,
    "broken_body": 400,
    "internal": 500,
    "bad_request": 400,
}


def test_every_refusal_has_the_designs_status() -> None:
    assert STATUS == {code.value: answer.status for code, answer in ANSWERS.items()}


@pytest.mark.parametrize(("path", "how", "code"), REFUSED)
async def test_a_refusal_names_its_code_and_publishes_nothing(
    door: Door, path: str, how: dict[str, Any], code: Refusal
) -> None:
    status, content, _ = await door.post(path, **how)
    assert (ANSWERS[code].status, code.value) == (status, content["error"])
    assert [] == door.broker.published


TWICE = [
    ("X-Spiffy-Topic: orders/create", "bad_topic"),
    ("X-Spiffy-Topic: carts/update", "bad_topic"),
    ("x-spiffy-topic:", "bad_topic"),
    ("X-Spiffy-Stores-Topic: carts/update", "bad_topic"),
    ("X-Spiffy-Shop-Domain: b.spiffystores.com", "bad_shop"),
    ("X-Spiffy-Stores-Shop-Domain: b.spiffystores.com", "bad_shop"),
    (f"X-Spiffy-Hmac-Sha256: {sign(BODY, b'hush')}", "bad_signature"),
    (f"X-Spiffy-Stores-Hmac-Sha256: {'x' * 44}", "bad_signature"),
    ("Content-Encoding: identity\r\nContent-Encoding: gzip", "bad_content_type"),
    ("Content-Type: application/json", "bad_request"),
    ("Host: y", "bad_request"),
]


@pytest.mark.parametrize(("more", "code"), TWICE)
async def test_of_two_headers_that_say_what_a_webhook_is_neither_wins(
    door: Door, more: str, code: str
) -> None:
    answer = await door.raw(written(more, "Connection: close"))
    assert code == error_in(answer)
    assert [] == door.broker.published


async def test_two_trace_headers_are_none(door: Door) -> None:
    trace = "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    assert b" 200 " in await door.raw(written(trace, trace, "Connection: close"))
    assert "" == door.broker.published[0].traceparent


MISSED = [
    ({"X_Spiffy_Topic": None}, "the header X-Spiffy-Topic is missing"),
    ({"X_Spiffy_Shop_Domain": None}, "the header X-Spiffy-Shop-Domain is missing"),
    (
        {"X_Spiffy_Hmac_Sha256": None, "X_Shopify_Topic": "a/b"},
        "the header X-Spiffy-Hmac-Sha256 is missing; there are headers of the platform shopify",
    ),
]


@pytest.mark.parametrize(("how", "told"), MISSED)
async def test_a_missing_header_is_named(door: Door, how: dict[str, Any], told: str) -> None:
    assert told == (await door.post(**how))[1]["detail"]


PLAIN: list[dict[str, Any]] = [
    {"Content_Encoding": ""},
    {"Content_Encoding": "Identity"},
    {"Content_Encoding": "identity, identity"},
    {"Content_Type": "application/json, application/json"},
    {"Content_Type": "application/json; charset=utf-8,application/json; charset=utf-8"},
]


@pytest.mark.parametrize("headers", PLAIN)
async def test_what_proxies_make_of_plain_headers_is_taken(
    door: Door, headers: dict[str, Any]
) -> None:
    assert (await door.post(**headers))[0] == 200
    assert "," not in door.broker.published[0].content_type


PATHS = [
    ("//webhooks/spiffy", "not_found"),
    ("/webhooks/spiffy/", "not_found"),
    ("/webhooks/./spiffy", "not_found"),
    ("/WEBHOOKS/spiffy", "not_found"),
    ("/webhooks%2fspiffy", "not_found"),
    ("/webhooks/../healthz", "not_found"),
    ("/webhooks/spiffy/../../readyz", "not_found"),
    ("/webhooks/%2e%2e/metrics", "not_found"),
    ("/webhooks/..%2fmetrics", "unknown_app"),
    ("/webhooks/spiffy%2f..%2f..%2fmetrics", "unknown_app"),
    ("/webhooks/spiffy%00", "unknown_app"),
    ("/webhooks?/metrics", "unknown_app"),
    ("//127.0.0.1/metrics", "not_found"),
    ("http://127.0.0.1/metrics", "not_found"),
]


@pytest.mark.parametrize(("path", "code"), PATHS)
async def test_no_other_spelling_of_a_path_leads_to_an_app_or_an_admin_page(
    door: Door, path: str, code: str
) -> None:
    answer = await door.raw(
        f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
    )
    assert (b"404", code) == (
        answer.split()[1],
        orjson.loads(answer.split(b"\r\n\r\n")[1])["error"],
    )


@pytest.mark.parametrize("signature", [None, sign(b"other", b"hush")])
@pytest.mark.parametrize(
    ("body", "content_type"),
    [(BILLION_LAUGHS, "application/xml"), (b"[" * MAX, "application/json")],
)
async def test_a_body_that_nobody_signed_is_not_looked_into(
    door: Door,
    monkeypatch: pytest.MonkeyPatch,
    body: bytes,
    content_type: str,
    signature: str | None,
) -> None:
    looked: list[Any] = []
    for looking in ("content.format_of", "content.begins_as", "checks._parsed"):
        monkeypatch.setattr(f"ingress.{looking}", lambda *given: looked.append(given))
    assert (await door.post(body=body, Content_Type=content_type, X_Spiffy_Hmac_Sha256=signature))[
        0
    ] == 401
    assert ([], []) == (looked, door.broker.published)


INJECTED = [
    "CC",
    "BCC",
    "x-death",
    "x-match",
    "x-delay",
    "x-delivery-count",
    "webhook-attempt",
    "webhook-due-ms",
]


@pytest.mark.parametrize("name", INJECTED)
async def test_no_header_of_a_request_becomes_an_instruction_to_the_broker_or_to_workers(
    door: Door, name: str
) -> None:
    assert (await door.post())[0] == 200
    assert (await door.post(**{name: "orders.updated", f"x-spiffy-{name}": "orders.updated"}))[
        0
    ] == 200
    plain, injected = (webhook.properties().headers for webhook in door.broker.published)
    assert {f"http-x-spiffy-{name}".lower()} == injected.keys() - plain.keys()
    assert plain["webhook-attempt"] == injected["webhook-attempt"]


@pytest.mark.parametrize("path", ["/webhooks/spiffy", "/webhooks/nobody", "/webhooks"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "PATCH"])
async def test_other_methods_are_told_which_one_works(door: Door, method: str, path: str) -> None:
    async with door.client.request(method, f"http://127.0.0.1:{door.port}{path}") as answer:
        content = await answer.json()
    assert 405 == answer.status
    assert "POST" == answer.headers["Allow"]
    assert "method_not_allowed" == content["error"]


async def test_a_head_request_is_answered_without_a_body_and_its_connection_goes_on(
    door: Door,
) -> None:
    asked = b"HEAD /webhooks/spiffy HTTP/1.1\r\nHost: x\r\n\r\n"
    first, _, second = (await door.raw(asked + written("Connection: close"))).partition(b"\r\n\r\n")
    assert first.startswith(b"HTTP/1.1 405 ")
    assert b"\r\nAllow: POST\r\n" in first
    assert second.startswith(b"HTTP/1.1 200 ")


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    """Send a body in chunks, without saying how long it is."""
    for part in parts:
        yield part
        await asyncio.sleep(0)


@pytest.mark.parametrize(("size", "status"), [(MAX, 200), (MAX + 1, 413)])
async def test_the_limit_is_exact_with_and_without_a_content_length(
    door: Door, size: int, status: int
) -> None:
    body = b'{"a": "' + b"x" * (size - 9) + b'"}'
    assert len(body) == size
    assert (await door.post(body=body))[0] == status
    signature = sign(body, b"hush")
    assert (await door.post(body=chunks(body[:10], body[10:]), X_Spiffy_Hmac_Sha256=signature))[
        0
    ] == status


async def test_characters_split_between_chunks_stay_whole(door: Door) -> None:
    body = '{"note": "日本 \\/ \\u0026 ☕"}'.encode()
    parts = [body[number : number + 1] for number in range(len(body))]
    assert (await door.post(body=chunks(*parts), X_Spiffy_Hmac_Sha256=sign(body, b"hush")))[
        0
    ] == 200
    assert body == door.broker.published[0].body


HEAD = (
    b"POST /webhooks/spiffy HTTP/1.1\r\nHost: x\r\n"
    b"X-Spiffy-Topic: orders/create\r\nX-Spiffy-Shop-Domain: a.b\r\n"
)


async def test_a_body_that_does_not_arrive_in_time_is_408(door: Door) -> None:
    answer = await door.raw(HEAD + b"Connection: close\r\nContent-Length: 10\r\n\r\n{")
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"slow_body" in answer


@pytest.mark.parametrize(
    ("more", "status"),
    [
        (b"A: b\r\n" * (MAX_HEADERS - 5), b"401"),
        (b"A: b\r\n" * (MAX_HEADERS - 4), b"400"),
        (b"A: %b\r\n" % (b"b" * 8190), b"401"),
        (b"A: %b\r\n" % (b"b" * 8191), b"400"),
    ],
)
async def test_a_request_has_so_many_headers_of_such_a_size_and_no_more(
    door: Door, more: bytes, status: bytes
) -> None:
    answer = await door.raw(HEAD + b"Connection: close\r\nContent-Length: 0\r\n" + more + b"\r\n")
    assert status == answer.split()[1]


async def test_headers_that_do_not_arrive_in_time_close_the_connection(door: Door) -> None:
    assert await door.raw(HEAD[:-20]) == b""


async def test_a_body_in_bad_chunks_is_refused_and_costs_nothing_else(door: Door) -> None:
    answer = await door.raw(
        HEAD + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"
    )
    assert b" 400 " in answer.splitlines()[0]
    assert (await door.post())[0] == 200


@pytest.mark.parametrize("failure", list(Failure))
async def test_what_the_broker_did_not_confirm_is_503_with_a_time_to_come_back_and_logged_with_why(
    door: Door, failure: Failure
) -> None:
    door.broker.failure = failure
    with capture_logs() as logged:
        status, content, headers = await door.post()
    assert [failure.value] == [line["failure"] for line in logged]
    assert (503, "broker_unavailable") == (status, content["error"])
    assert re.fullmatch(r"\d+", headers["Retry-After"])


async def test_beyond_the_limit_in_flight_it_is_503_at_once(door: Door) -> None:
    door.broker.holding.clear()
    waiting = [asyncio.create_task(door.post()) for _ in range(3)]
    while door.gate.in_flight < 3:
        await asyncio.sleep(0)
    status, content, headers = await door.post()
    door.broker.holding.set()
    assert (503, "overloaded", True) == (status, content["error"], "Retry-After" in headers)
    assert [200] * 3 == [status for status, _, _ in await asyncio.gather(*waiting)]


async def test_beyond_the_room_for_bodies_it_is_503_and_what_is_answered_makes_room(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "ingress.gate.MAX_HELD", 0
    )  # what is left is room for four bodies at the limit
    door.gate.max_in_flight = 10
    door.broker.holding.clear()
    largest = b'{"a": "' + b"x" * (MAX - 9) + b'"}'
    waiting = [asyncio.create_task(door.post(body=largest)) for _ in range(4)]
    while door.gate.held < 4 * MAX:
        await asyncio.sleep(0)
    status, content, headers = await door.post()
    door.broker.holding.set()
    assert (503, "overloaded", True) == (status, content["error"], "Retry-After" in headers)
    assert [200] * 4 == [status for status, _, _ in await asyncio.gather(*waiting)]
    assert (200, 0) == ((await door.post())[0], door.gate.held)


async def test_a_body_that_is_held_up_behind_another_request_is_read_on_in_its_turn(
    door: Door,
) -> None:
    door.gate.max_body = 2**20
    body = b'{"note": "%s"}' % (b"x" * 600_000)
    dressed = (
        f"X-Spiffy-Topic: orders/create\r\nX-Spiffy-Shop-Domain: {SHOP}\r\n"
        "Content-Type: application/json"
    )
    head = f"POST /webhooks/spiffy HTTP/1.1\r\nHost: x\r\n{dressed}\r\nX-Spiffy-Hmac-Sha256: "
    first = f"{head}{sign(BODY, b'hush')}\r\nContent-Length: {len(BODY)}\r\n\r\n".encode() + BODY
    ends = f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    last = f"{head}{sign(body, b'hush')}\r\n{ends}".encode()
    door.broker.holding.clear()
    waiting = asyncio.create_task(door.raw(first + last + body))
    while door.gate.in_flight < 1:
        await asyncio.sleep(0)
    door.broker.holding.set()
    assert 2 == (await waiting).count(b"HTTP/1.1 200")
    assert [BODY, body] == [webhook.body for webhook in door.broker.published]


async def test_while_draining_new_requests_are_503_and_accepted_ones_finish(door: Door) -> None:
    door.broker.holding.clear()
    waiting = asyncio.create_task(door.post())
    while door.gate.in_flight < 1:
        await asyncio.sleep(0)
    door.gate.draining = True
    status, content, headers = await door.post()
    draining = asyncio.create_task(door.server.drain(5))
    door.broker.holding.set()
    assert (503, "draining", "close") == (status, content["error"], headers["Connection"])
    assert headers["Retry-After"].isdecimal()
    assert (await waiting)[0] == 200
    await draining


async def test_our_own_faults_are_500_and_never_the_senders(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(webhook: Webhook) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(door.broker, "publish", broken)
    status, content, _ = await door.post()
    assert (500, "internal") == (status, content["error"])


async def test_no_trace_but_a_well_formed_one_is_carried_on(door: Door) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    await door.post(Traceparent=trace)
    await door.post(Traceparent="anything else")
    assert [trace, ""] == [webhook.traceparent for webhook in door.broker.published]

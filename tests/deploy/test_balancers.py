"""HAProxy and nginx before the ingress, each with the file of `deploy/`: what passes, and how."""

import asyncio
import json
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from deploy.local.rabbitmq import Node
from ingress.signature import sign
from tests.deploy.backend import Act, accept, backend, refuse, vanish
from tests.deploy.balancers import HAPROXY, NGINX, NOBODY, Balancer, Door, Program, balancer, each
from tests.system.door import Ingress
from tests.system.processes import ingress
from tests.system.samples import ORDER, SECRET, SHOP
from tests.system.waiting import until

APP = "behind"
MIB = 1024**2
MANY = 150
"""More at once than either limit lets pass."""
HTTP = ("--http1.1", "--http2")
OTHER_PATHS = (
    "/",
    "/metrics",
    "/readyz",
    "/webhooks/../metrics",
    "/webhooksX",
    "/webhooks/Behind",
    "/webhooks/behind/x",
)


@dataclass(frozen=True)
class Told:
    """What a sender was answered."""

    status: int
    version: str
    text: str

    @property
    def error(self) -> str:
        """The refusal's code."""
        return str(json.loads(self.text)["error"])


SIGNED = {
    "X-Spiffy-Topic": "orders/create",
    "X-Spiffy-Shop-Domain": SHOP,
    "X-Spiffy-Hmac-Sha256": sign(ORDER, SECRET.encode()),
    "Content-Type": "application/json",
}


async def post(
    front: Balancer,
    body: bytes = ORDER,
    *options: str,
    path: str = f"/webhooks/{APP}",
    **changed: str,
) -> Told:
    """Post a body over TLS as the platform does, by curl: it speaks HTTP/2. An empty header is left
    out.
    """
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("no curl here: install Debian's package curl")

    signature = {"X-Spiffy-Hmac-Sha256": sign(body, SECRET.encode()), "Expect": ""}
    others = {name.replace("_", "-"): value for name, value in changed.items()}
    headers = SIGNED | signature | others
    process = await asyncio.create_subprocess_exec(
        curl,
        *("--silent", "--show-error", "--path-as-is", "--max-time", "20"),
        *("--cacert", str(front.authority), "--data-binary", "@-"),
        *("--write-out", "\n%{http_version} %{http_code}"),
        *(word for name, value in headers.items() for word in ("-H", f"{name}: {value}".strip())),
        *options,
        f"https://127.0.0.1:{front.place.tls}{path}",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    out, _ = await process.communicate(body)
    text, _, last = out.decode().rpartition("\n")
    version, status = last.split()
    return Told(int(status), version, text)


shared = pytest.mark.xdist_group("balancers")
"""What stands before the same ingress runs in one process."""


@dataclass(frozen=True)
class Front:
    """A balancer, and the real ingress behind it."""

    balancer: Balancer
    ingress: Ingress


@pytest.fixture(scope="module")
def http2() -> Iterator[None]:
    """HTTP/2 is offered, though HAProxy's file does so from 3.0 on only."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WEBHOOKS_ALPN", "h2,http/1.1")
        yield


@pytest.fixture(scope="module", params=[HAPROXY, NGINX], ids=lambda program: program.name)
async def front(
    request: pytest.FixtureRequest,
    http2: None,
    node: Node,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Front]:
    """One of the two, with an ingress that is ready behind it."""
    program: Program = request.param
    folder = tmp_path_factory.mktemp(program.name)
    _ = program.path  # skips before anything starts
    async with ingress(node.start().url(), APP=APP) as behind:
        doors = [Door(behind.port, behind.admin_port)] * 3
        async with balancer(program, folder, doors) as before:
            yield Front(before, behind)


@shared
@pytest.mark.parametrize("version", HTTP)
async def test_a_webhook_is_taken_in_over_tls(front: Front, version: str) -> None:
    told = await post(front.balancer, ORDER, version)
    assert 200 == told.status, told
    assert {"id"} == json.loads(told.text).keys()
    assert version.removeprefix("--http") == told.version


@shared
@pytest.mark.parametrize("version", HTTP)
@pytest.mark.parametrize("more", [1, MIB])
async def test_a_body_that_is_too_large_is_refused_by_the_ingress(
    front: Front, version: str, more: int
) -> None:
    told = await post(front.balancer, b" " * (2 * MIB + more), version)
    assert (413, "body_too_large") == (told.status, told.error)
    await front.ingress.event("webhook.refused", code="body_too_large")


@shared
@pytest.mark.parametrize("version", HTTP)
async def test_a_body_of_the_largest_size_passes(front: Front, version: str) -> None:
    largest = b'{"id": 1, "note": "' + b"x" * (2 * MIB - 21) + b'"}'
    assert 2 * MIB == len(largest)
    told = await post(front.balancer, largest, version)
    assert 200 == told.status, told


@shared
async def test_a_body_without_a_length_passes(front: Front) -> None:
    for version in HTTP:
        told = await post(front.balancer, ORDER, version, Transfer_Encoding="chunked")
        assert 200 == told.status, told


@shared
async def test_no_other_path_reaches_the_ingress(front: Front) -> None:
    for path in OTHER_PATHS:
        told = await post(front.balancer, ORDER, path=path)
        assert (404, "not_found") == (told.status, told.error), path

    last = json.loads((await post(front.balancer)).text)["id"]
    await front.ingress.event("webhook.accepted", id=last)
    refused = front.ingress.events("webhook.refused")
    assert "not_found" not in {event["code"] for event in refused}


@shared
@pytest.mark.parametrize("claim", ["X-Forwarded-For", "X-Real-IP", "Forwarded"])
async def test_no_header_that_a_proxy_may_set_relaxes_a_check(front: Front, claim: str) -> None:
    told = await post(front.balancer, ORDER, X_Spiffy_Hmac_Sha256="", **{claim: "127.0.0.1"})
    assert (401, "missing_signature") == (told.status, told.error)


@shared
async def test_the_access_log_has_a_line_for_each_request_and_no_body(front: Front) -> None:
    body = b'{"id": 1, "email": "ann@example.com"}'
    assert 200 == (await post(front.balancer, body)).status

    async def logged() -> bool:
        return f"/webhooks/{APP}" in front.balancer.written

    await until(logged, what="a line in the access log")
    assert "127.0.0.1" in front.balancer.written
    assert "ann@example.com" not in front.balancer.written


async def test_haproxy_gives_nothing_to_an_ingress_that_is_not_ready(
    node: Node, tmp_path: Path
) -> None:
    _ = HAPROXY.path
    async with ingress(node.start().url(), APP=APP, DRAIN_DELAY="60") as behind:
        doors = [Door(behind.port, behind.admin_port)] * 3
        async with balancer(HAPROXY, tmp_path, doors) as before:
            assert 200 == (await post(before)).status
            behind.signal(signal.SIGTERM)

            async def passed_over() -> bool:
                return (await post(before)).status == 503

            await until(passed_over, what="HAProxy knows that nobody is ready")
            straight = await behind.post("orders/create", ORDER, app=APP)
            assert 200 == straight.status


@pytest.mark.parametrize("version", HTTP)
@each
async def test_the_ingress_is_told_who_connects_and_not_what_he_claims(
    program: Program, version: str, http2: None, tmp_path: Path
) -> None:
    _ = program.path
    async with backend() as (behind, door), balancer(program, tmp_path, [door]) as before:
        told = await post(before, ORDER, version, X_Forwarded_For="203.0.113.7")
        assert 200 == told.status, told
    (headers,) = behind.posted
    assert ["127.0.0.1"] == headers.getall("X-Forwarded-For")


@pytest.mark.parametrize("version", HTTP)
@pytest.mark.parametrize(
    ("act", "status"), [(vanish, 502), (refuse, 503)], ids=["vanishes", "answers 503"]
)
@each
async def test_a_post_that_may_be_stored_is_sent_once(
    program: Program,
    act: Act,
    status: int,
    version: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    _ = program.path
    monkeypatch.delenv("WEBHOOKS_ALPN", raising=False)
    async with AsyncExitStack() as stack:
        pairs = [await stack.enter_async_context(backend(act)) for _ in range(3)]
        doors = [door for _, door in pairs]
        before = await stack.enter_async_context(balancer(program, tmp_path, doors))

        told = await post(before, ORDER, version)
        assert status == told.status, told
        assert 1 == sum(len(behind.posted) for behind, _ in pairs)


@each
async def test_no_connection_to_the_ingress_is_used_twice(program: Program, tmp_path: Path) -> None:
    _ = program.path
    async with backend() as (behind, door), balancer(program, tmp_path, [door] * 3) as before:
        url = f"http://127.0.0.1:{before.place.plain}/webhooks/{APP}"
        async with aiohttp.ClientSession() as kept:
            for _ in range(4):
                async with kept.post(url, data=ORDER, headers=SIGNED) as answer:
                    assert 200 == answer.status
        assert 4 == len(behind.connections)


@each
async def test_a_post_that_reached_nobody_is_given_to_another(
    program: Program, tmp_path: Path
) -> None:
    _ = program.path
    async with backend(accept) as (behind, door):
        refusing = Door(NOBODY, door.admin_port)  # and says that it is ready
        async with balancer(program, tmp_path, [refusing, door, door]) as before:
            told = [await post(before) for _ in range(6)]
            assert [200] * 6 == [one.status for one in told]
            assert 6 == len(behind.posted)


async def flood(before: Balancer, shop: str, count: int = MANY) -> list[aiohttp.ClientResponse]:
    """Post so often at once in the name of a shop."""
    url = f"http://127.0.0.1:{before.place.plain}/webhooks/{APP}"
    headers = SIGNED | {"X-Spiffy-Shop-Domain": shop}

    async with aiohttp.ClientSession() as session:

        async def one() -> aiohttp.ClientResponse:
            async with session.post(url, data=ORDER, headers=headers) as answer:
                await answer.read()
                return answer

        return await asyncio.gather(*(one() for _ in range(count)))


@each
async def test_no_rate_is_limited_where_nobody_asks_for_it(
    program: Program, tmp_path: Path
) -> None:
    _ = program.path
    async with backend() as (_, door), balancer(program, tmp_path, [door] * 3) as before:
        answers = await flood(before, SHOP)
        assert {200} == {answer.status for answer in answers}


@pytest.mark.parametrize("limited_by", ["address", "shop"])
@each
async def test_a_limit_that_is_asked_for_tells_when_to_come_again(
    program: Program, limited_by: str, tmp_path: Path
) -> None:
    _ = program.path
    async with (
        backend() as (_, door),
        balancer(program, tmp_path, [door] * 3, limited_by=limited_by) as before,
    ):
        answers = await flood(before, SHOP)
        assert {200, 429} == {answer.status for answer in answers}
        refused = next(answer for answer in answers if answer.status == 429)
        assert "10" == refused.headers["Retry-After"]
        assert "rate_limited" == (await refused.json())["error"]


@each
async def test_a_shop_that_floods_takes_nothing_from_another(
    program: Program, tmp_path: Path
) -> None:
    _ = program.path
    async with (
        backend() as (_, door),
        balancer(program, tmp_path, [door] * 3, limited_by="shop") as before,
    ):
        assert 429 in {answer.status for answer in await flood(before, SHOP)}
        others = await flood(before, "another.spiffystores.com", 10)
        assert {200} == {answer.status for answer in others}

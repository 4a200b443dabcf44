"""Traces: one from the request to the last attempt, with a receiver of OTLP; and none, unasked."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.otlp import CONSUMER, ERROR, INTERNAL, PRODUCER, SERVER, Received, receiver
from tests.system.processes import ingress, worker
from tests.system.record import Record, handled
from tests.system.samples import ORDER, SHOP

CONSUMERS = '''
import asyncio
from opentelemetry import trace
from tenacity import stop_after_attempt, wait_fixed
from workers import Delivery, RetryPolicy, consumer

tracer = trace.get_tracer("shop")
POLICY = RetryPolicy(wait=wait_fixed(1), stop=stop_after_attempt(2))

@consumer("orders/create", retry=POLICY)
async def flaky(delivery: Delivery[bytes]) -> None:
    """Fail the first time."""
    with tracer.start_as_current_span("look up"):
        await asyncio.sleep(0)
    if delivery.attempt == 1:
        raise RuntimeError("nobody home at 12 Privet Street")

@consumer("orders/create")
def threaded(delivery: Delivery[bytes]) -> None:
    """Work in a thread."""
    with tracer.start_as_current_span("in a thread"):
        pass
'''
ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder with consumers whose author traces too."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "consumers.py").write_text(CONSUMERS)
    return folder


@pytest.fixture(autouse=True)
def swift(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spans are sent soon; nothing of the machine's own environment counts."""
    for name in list(os.environ):
        if name.startswith("OTEL_"):
            monkeypatch.delitem(os.environ, name)
    monkeypatch.setitem(os.environ, "OTEL_BSP_SCHEDULE_DELAY", "100")


def child_of(parent: Received, one: Received) -> bool:
    """Tell whether a span is another's child."""
    span = parent.span
    return (span.trace_id, span.span_id) == (one.span.trace_id, one.span.parent_span_id)


async def test_a_webhook_is_one_trace_from_its_request_to_its_last_attempt(
    url: str, app: str, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = f"00-{'ab' * 16}-{'cd' * 8}-01"
    async with receiver() as traces:
        monkeypatch.setitem(os.environ, ENDPOINT, traces.url)
        async with (
            ingress(url, APP=app) as door,
            worker(url, "--consumer", "flaky", APP=app, cwd=shop) as workers,
        ):
            identity = await door.accepted("orders/create", ORDER, app=app, traceparent=theirs)
            await workers.event("delivery.done", id=identity)
            first, second = await traces.have_come(CONSUMER, 2)
            assert 0 == await workers.stop()
            assert 0 == await door.stop()
        (request,) = traces.of(SERVER)
        (publish,) = traces.of(PRODUCER)
        own = traces.of(INTERNAL)

    assert {"ab" * 16} == {one.span.trace_id.hex() for one in traces.spans}
    assert "cd" * 8 == request.span.parent_span_id.hex()
    assert child_of(request, publish)
    assert child_of(publish, first)
    assert child_of(publish, second)
    assert [True, True] == [child_of(*pair) for pair in zip((first, second), own, strict=True)]

    assert [] == list(first.span.links)
    assert [first.span.span_id] == [link.span_id for link in second.span.links]

    assert "hookline-ingress" == request.service == publish.service
    assert "hookline-workers" == first.service == own[0].service
    assert "POST /webhooks/{app}" == request.span.name
    assert 200 == request.attributes["http.response.status_code"]
    assert f"publish {app}.webhooks:orders.create.*" == publish.span.name
    assert f"process {app}.flaky.orders.create" == first.span.name

    messages = [one.attributes["messaging.message.id"] for one in (publish, first, second)]
    assert messages[0] == messages[1] != messages[2]
    assert [1, 2] == [one.attributes["hookline.attempt"] for one in (first, second)]
    assert ["retried", "done"] == [one.attributes["hookline.outcome"] for one in (first, second)]
    assert "RuntimeError" == first.attributes["error.type"]
    assert (ERROR, 0) == (first.span.status.code, second.span.status.code)
    assert {SHOP} == {one.attributes["hookline.shop"] for one in (publish, first, second)}
    assert b"Privet" not in traces.raw
    assert ORDER not in traces.raw


async def test_spans_of_a_handler_in_a_thread_and_of_several_processes_join_the_trace(
    url: str, app: str, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with receiver() as traces:
        monkeypatch.setitem(os.environ, ENDPOINT, traces.url)
        many = ("--consumer", "threaded", "--processes", "2")
        async with (
            ingress(url, "--processes", "2", APP=app) as door,
            worker(url, *many, APP=app, cwd=shop) as workers,
        ):
            for _ in range(4):
                await door.accepted("orders/create", ORDER, app=app)
            own = await traces.have_come(INTERNAL, 4)
            attempts = await traces.have_come(CONSUMER, 4)
            requests = await traces.have_come(SERVER, 4)
            assert 0 == await workers.stop()
    traced = {one.span.trace_id for one in requests}
    assert 4 == len(traced)
    assert traced == {one.span.trace_id for one in attempts} == {one.span.trace_id for one in own}
    assert all(any(child_of(one, theirs) for one in attempts) for theirs in own)


async def test_a_refusal_is_told_without_what_was_sent(
    url: str, app: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with receiver() as traces:
        monkeypatch.setitem(os.environ, ENDPOINT, traces.url)
        async with ingress(url, APP=app) as door:
            wrong = "A" * 43 + "="
            answer = await door.post("orders/create", ORDER, app=app, X_Spiffy_Hmac_Sha256=wrong)
            (request,) = await traces.have_come(SERVER, 1)
    assert 401 == answer.status == request.attributes["http.response.status_code"]
    assert "bad_signature" == request.attributes["hookline.refusal"]
    assert 0 == request.span.status.code
    assert b"AAAA" not in traces.raw


async def test_nothing_of_opentelemetry_is_imported_where_nobody_asks_for_traces(
    url: str, app: str, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "PYTHONPROFILEIMPORTTIME", "1")
    async with (
        ingress(url, APP=app) as door,
        worker(url, "--consumer", "taker", APP=app) as workers,
    ):
        await door.accepted("orders/create", ORDER, app=app)
        await handled(record, "taker", 1)
        await workers.stop()
        await door.stop()
    for one in (door, workers):
        assert "structlog" in one.written
        assert "opentelemetry" not in one.written


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A receiver that takes connections, and never answers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]
        monkeypatch.setitem(os.environ, ENDPOINT, f"http://me:hush-hush@127.0.0.1:{port}")
        yield


@pytest.mark.usefixtures("silent")
async def test_a_receiver_that_is_gone_costs_one_line_and_no_answer(
    url: str, app: str, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "OTEL_EXPORTER_OTLP_TIMEOUT", "0.5")
    async with (
        ingress(url, APP=app) as door,
        worker(url, "--consumer", "taker", APP=app) as workers,
    ):
        await door.accepted("orders/create", ORDER, app=app)
        await door.event("tracing.troubled")
        await workers.event("tracing.troubled")
        for _ in range(20):
            await door.accepted("orders/create", ORDER, app=app)
        await handled(record, "taker", 21)
        assert [0, 0] == [await workers.stop(), await door.stop()]
    for one in (door, workers):
        assert 1 == len(one.events("tracing.troubled"))
        assert "hush-hush" not in one.written


@pytest.mark.usefixtures("silent")
async def test_a_receiver_that_hangs_does_not_hold_up_the_end(
    url: str, app: str, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "OTEL_EXPORTER_OTLP_TIMEOUT", "300")
    async with (
        ingress(url, APP=app) as door,
        worker(url, "--consumer", "taker", APP=app) as workers,
    ):
        await door.accepted("orders/create", ORDER, app=app)
        await handled(record, "taker", 1)
        assert [0, 0] == [await workers.stop(), await door.stop()]
    for one in (door, workers):
        assert 1 == len(one.events("tracing.cut_off"))

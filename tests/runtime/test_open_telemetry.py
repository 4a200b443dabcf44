"""Spans as OpenTelemetry makes them, kept in memory."""

import asyncio
import logging
import threading
from collections.abc import Iterator

import pytest
import structlog
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from runtime import open_telemetry
from runtime.open_telemetry import OpenTelemetry
from runtime.tracing import Kind

THEIRS = f"00-{'ab' * 16}-{'cd' * 8}-01"
NOT_SAMPLED = f"00-{'ab' * 16}-{'cd' * 8}-00"
BROKEN = ["", "nonsense", f"00-{'0' * 32}-{'cd' * 8}-01", f"ff-{'ab' * 16}-{'cd' * 8}-01"]


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """Where spans end up: the author's own provider has them."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)
    before = {name: logging.getLogger(name).handlers for name in open_telemetry.TALKATIVE}
    yield exporter
    for name, handlers in before.items():
        logging.getLogger(name).handlers = handlers
        logging.getLogger(name).propagate = True


def test_a_span_is_the_child_of_the_traceparent_and_has_a_link(kept: InMemorySpanExporter) -> None:
    with OpenTelemetry("shop").span(Kind.CONSUMER, "work", {"a": 1}, parent=THEIRS, link=THEIRS):
        pass
    (span,) = kept.get_finished_spans()
    assert span.parent is not None
    assert "cd" * 8 == f"{span.parent.span_id:016x}"
    assert [span.parent.span_id] == [link.context.span_id for link in span.links]
    assert {"a": 1} == span.attributes


@pytest.mark.parametrize("broken", BROKEN)
def test_a_traceparent_that_nobody_can_read_begins_a_trace(
    kept: InMemorySpanExporter, broken: str
) -> None:
    with OpenTelemetry("shop").span(Kind.SERVER, "work", {}, parent=broken, link=broken):
        pass
    (span,) = kept.get_finished_spans()
    assert span.parent is None
    assert () == tuple(span.links)


def test_what_a_sender_does_not_want_sampled_is_not_and_its_trace_goes_on(
    kept: InMemorySpanExporter,
) -> None:
    with OpenTelemetry("shop").span(Kind.SERVER, "work", {}, parent=NOT_SAMPLED) as span:
        assert ("ab" * 16, "00") == (span.traceparent.split("-")[1], span.traceparent[-2:])
    assert () == kept.get_finished_spans()


def test_what_is_raised_has_failed_by_its_type_alone(kept: InMemorySpanExporter) -> None:
    def fail() -> None:
        raise ValueError("12 Privet Street")

    with pytest.raises(ValueError, match="Privet"):
        with OpenTelemetry("shop").span(Kind.SERVER, "work", {}):
            fail()
    (span,) = kept.get_finished_spans()
    assert {"error.type": "ValueError"} == span.attributes
    assert not span.status.is_ok
    assert () == span.events
    assert "Privet" not in span.to_json()


async def test_spans_of_others_within_are_children_also_in_tasks(
    kept: InMemorySpanExporter,
) -> None:
    async def theirs() -> None:
        with trace.get_tracer("shop").start_as_current_span("theirs"):
            await asyncio.sleep(0)

    with OpenTelemetry("shop").span(Kind.CONSUMER, "ours", {}):
        await asyncio.create_task(theirs())
    inner, outer = kept.get_finished_spans()
    assert inner.parent is not None
    assert outer.context is not None
    assert outer.context.span_id == inner.parent.span_id
    assert not trace.get_current_span().get_span_context().is_valid


def test_trouble_with_the_receiver_is_told_once_a_minute_without_credentials(
    kept: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(open_telemetry, "monotonic", lambda: now)
    OpenTelemetry("shop")
    logger = logging.getLogger("opentelemetry.exporter.otlp")
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            logger.error("no way to http://me:hush@collector:4318")
        now += open_telemetry.TELL_EVERY
        logger.error("still none")
    assert ["no way to http://collector:4318", "still none"] == [line["error"] for line in logs]


async def test_the_end_waits_for_a_receiver_that_is_gone_no_longer_than_it_says(
    kept: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go = threading.Event()

    class Frozen(TracerProvider):
        """Never gets its spans sent."""

        def shutdown(self) -> None:
            """Hang."""
            let_go.wait(60)

    monkeypatch.setattr(open_telemetry, "FLUSH", 0.01)
    tracing = OpenTelemetry("shop")
    tracing._ours = Frozen(shutdown_on_exit=False)
    with structlog.testing.capture_logs() as logs:
        await tracing.end()
    let_go.set()
    assert ["tracing.cut_off"] == [line["event"] for line in logs]

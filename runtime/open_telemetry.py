"""Spans by OpenTelemetry, sent by OTLP over HTTP. The only module that imports it: see `tracing`.

Spans wait in a bounded queue until a thread of OpenTelemetry's sends them: whoever works waits for
nobody. A receiver that is gone costs the oldest spans, and one log line a minute.
"""

import asyncio
import logging
import os
import re
from contextlib import suppress
from importlib.metadata import version
from threading import Thread
from time import monotonic
from types import TracebackType
from typing import Self
from uuid import uuid4

import structlog
from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from runtime import failure
from runtime.tracing import Attributes, Kind

FLUSH = 2.0
"""Seconds that the last spans may take to be sent."""
TELL_EVERY = 60.0
"""Seconds between two log lines of what is wrong with the sending."""
TALKATIVE = ("opentelemetry.sdk", "opentelemetry.exporter")

log = structlog.get_logger()

_CREDENTIALS = re.compile(r"//[^/@\s]*@")
_PROPAGATOR = TraceContextTextMapPropagator()
_TRACEPARENT = "traceparent"
_KINDS = {
    Kind.SERVER: SpanKind.SERVER,
    Kind.PRODUCER: SpanKind.PRODUCER,
    Kind.CONSUMER: SpanKind.CONSUMER,
}


class OpenTelemetry:
    """Tells of work by spans of OpenTelemetry's.

    An author's own spans go the same way; where the author has set a provider, ours go by that.
    """

    def __init__(self, service: str) -> None:
        _tell_seldom()
        self._ours: TracerProvider | None = None
        if not isinstance(trace.get_tracer_provider(), TracerProvider):
            self._ours = _provider(service)
            trace.set_tracer_provider(self._ours)
        self._tracer = trace.get_tracer("hookline", version("hookline"))

    def span(
        self,
        kind: Kind,
        name: str,
        attributes: Attributes,
        *,
        parent: str | None = None,
        link: str = "",
    ) -> "OpenSpan":
        """Tell of what is done within the context; as `Tracing` has it."""
        around = None if parent is None else _read(parent)
        links = _links(link) if link else None
        span = self._tracer.start_span(name, around, _KINDS[kind], attributes, links)
        return OpenSpan(span)

    async def end(self) -> None:
        """Send what has not been sent, for FLUSH seconds at most. Never raises."""
        if self._ours is None:
            return

        loop = asyncio.get_running_loop()
        ended = asyncio.Event()
        provider = self._ours

        def end_and_tell() -> None:
            try:
                provider.shutdown()
            except Exception as error:  # noqa: BLE001 - no trace is worth an end that fails
                log.warning("tracing.troubled", error=failure.one_line(error))
            with suppress(RuntimeError):  # the loop is gone: nobody waits any more
                loop.call_soon_threadsafe(ended.set)

        Thread(target=end_and_tell, name="tracing", daemon=True).start()
        try:
            await asyncio.wait_for(ended.wait(), FLUSH)
        except TimeoutError:
            log.warning("tracing.cut_off", seconds=FLUSH)


class OpenSpan:
    """A span, and the context in which it is the one around all that begins."""

    __slots__ = ("_span", "_token")

    def __init__(self, span: trace.Span) -> None:
        self._span = span

    def __enter__(self) -> Self:
        """Be the span around what begins from here on."""
        self._token = contexts.attach(trace.set_span_in_context(self._span))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End, failed where something was raised."""
        if kind is not None:
            self.fail(kind.__name__)
        contexts.detach(self._token)
        self._span.end()

    @property
    def traceparent(self) -> str:
        """What makes a span elsewhere its child."""
        written: dict[str, str] = {}
        _PROPAGATOR.inject(written, trace.set_span_in_context(self._span, Context()))
        return written.get(_TRACEPARENT, "")

    def add(self, attributes: Attributes) -> None:
        """Tell more of it."""
        self._span.set_attributes(attributes)

    def fail(self, kind: str) -> None:
        """Tell that it failed, and in which of a few ways."""
        self._span.set_attribute("error.type", kind)
        self._span.set_status(Status(StatusCode.ERROR))


class _Seldom(logging.Handler):
    """Tells what OpenTelemetry logs of its own troubles, once in a while."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._again = 0.0

    def emit(self, record: logging.LogRecord) -> None:
        """Log it, where the last such line is old."""
        now = monotonic()
        if now < self._again:
            return

        self._again = now + TELL_EVERY
        with suppress(Exception):
            text = _CREDENTIALS.sub("//", record.getMessage())
            log.warning("tracing.troubled", error=text, next_in=TELL_EVERY)


def _tell_seldom() -> None:
    """Have what OpenTelemetry logs told by us."""
    handler = _Seldom()
    for name in TALKATIVE:
        logger = logging.getLogger(name)
        logger.propagate = False
        logger.handlers = [handler]


def _provider(service: str) -> TracerProvider:
    ours: dict[str, str | int] = {
        "service.name": service,
        "service.version": version("hookline"),
        "service.instance.id": str(uuid4()),
        "process.pid": os.getpid(),
    }
    # What the environment says of the service counts more than what we say.
    said = Resource(ours).merge(OTELResourceDetector().detect())
    resource = Resource.create(said.attributes)

    # Its own way of ending at exit would wait for a receiver that is gone.
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


def _read(traceparent: str) -> Context:
    return _PROPAGATOR.extract({_TRACEPARENT: traceparent}, Context())


def _links(traceparent: str) -> list[Link]:
    linked = trace.get_current_span(_read(traceparent)).get_span_context()
    if not linked.is_valid:
        return []
    return [Link(linked)]

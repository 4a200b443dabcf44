"""A receiver of traces: OTLP over HTTP, as a collector has it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.system.waiting import until

SERVER = Span.SPAN_KIND_SERVER
PRODUCER = Span.SPAN_KIND_PRODUCER
CONSUMER = Span.SPAN_KIND_CONSUMER
INTERNAL = Span.SPAN_KIND_INTERNAL
ERROR = 2
"""The status of what failed."""


@dataclass
class Received:
    """A span that has come, and whose it is."""

    span: Span
    service: str

    @property
    def attributes(self) -> dict[str, Any]:
        """What is told of it."""
        return _plain(self.span.attributes)

    @property
    def traceparent(self) -> str:
        """As its children and what links to it name it, without flags."""
        return f"00-{self.span.trace_id.hex()}-{self.span.span_id.hex()}"


@dataclass
class Receiver:
    """Takes in spans; `raw` is every byte that came."""

    url: str = ""
    spans: list[Received] = field(default_factory=list)
    raw: bytes = b""

    def of(self, kind: int) -> list[Received]:
        """The spans of a kind, in the order in which they began."""
        found = [one for one in self.spans if one.span.kind == kind]
        return sorted(found, key=lambda one: one.span.start_time_unix_nano)

    async def have_come(self, kind: int, count: int) -> list[Received]:
        """Wait for so many spans of a kind."""

        async def there() -> list[Received] | None:
            found = self.of(kind)
            return found if len(found) >= count else None

        found = await until(there, what=f"{count} spans of kind {kind}")
        assert found is not None
        return found

    async def take(self, request: web.Request) -> web.Response:
        """Take in a request's spans."""
        body = await request.read()
        self.raw += body
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            service = _plain(resource.resource.attributes)["service.name"]
            for scope in resource.scope_spans:
                self.spans += [Received(span, service) for span in scope.spans]
        answer = ExportTraceServiceResponse().SerializeToString()
        return web.Response(body=answer, content_type="application/x-protobuf")


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    """Receive traces for a while."""
    receiving = Receiver()
    app = web.Application()
    app.router.add_post("/v1/traces", receiving.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    receiving.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield receiving
    finally:
        await runner.cleanup()


def _plain(attributes: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}

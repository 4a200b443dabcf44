"""An attempt, traced: a span, the child of the publish, with a link to the attempt before it.

The handler runs within it, so that an author's own spans are its children. What a webhook holds is
not told, nor in which words a handler failed.
"""

import re
from collections.abc import Awaitable, Callable
from typing import assert_never

from runtime.tracing import Attributes, Kind, Span, Tracing
from schemas import headers as webhook_headers
from schemas.names import WorkQueue
from schemas.webhook import Webhook
from workers.broker.under_way import UnderWay
from workers.outcome import Again, Aside, Dead, Deferred, Done, Duplicate, Outcome

_TYPE = re.compile(r"\w+(\.\w+)*")

Attempt = Callable[[UnderWay, Webhook], Awaitable[Outcome]]


def traced(attempt: Attempt, queue: WorkQueue, tracing: Tracing) -> Attempt:
    """Return the attempt within a span.

    The span's own traceparent is noted among the headers, whence it gets into each copy: a retry, a
    dead letter, and what that is replayed as.
    """
    name = f"process {queue.name}"

    async def traced_attempt(run: UnderWay, webhook: Webhook) -> Outcome:
        before = webhook_headers.text(run.headers, webhook_headers.PREVIOUS)
        # Where nobody traced the publish, the attempts are one trace all the same.
        parent = webhook.traceparent or before
        told = _told(run, webhook)
        with tracing.span(Kind.CONSUMER, name, told, parent=parent, link=before) as span:
            run.headers[webhook_headers.PREVIOUS] = span.traceparent
            outcome = await attempt(run, webhook)
            _tell_outcome(span, outcome)
            return outcome

    return traced_attempt


def _told(run: UnderWay, webhook: Webhook) -> Attributes:
    return {
        "messaging.system": "rabbitmq",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": run.queue.name,
        "messaging.message.id": run.properties.message_id or "",
        "messaging.message.body.size": len(run.body),
        "messaging.rabbitmq.message.delivery_tag": run.tag,
        "hookline.webhook.id": webhook.id,
        "hookline.consumer": run.queue.consumer,
        "hookline.topic": str(webhook.topic),
        "hookline.shop": webhook.shop,
        "hookline.attempt": run.number,
        "hookline.age_ms": max(0, run.started_ms - webhook.received_ms),
    }


def _tell_outcome(span: Span, outcome: Outcome) -> None:
    match outcome:
        case Done():
            span.add({"hookline.outcome": "done"})
        case Duplicate():
            span.add({"hookline.outcome": "duplicate"})
        case Again(delay, error):
            span.add({"hookline.outcome": "retried", "hookline.delay_seconds": round(delay)})
            span.fail(_kind(error))
        case Deferred(delay):
            span.add({"hookline.outcome": "deferred", "hookline.delay_seconds": round(delay)})
        case Aside():
            span.add({"hookline.outcome": "aside"})
        case Dead(reason, error, traceback):
            span.add({"hookline.outcome": "dead", "hookline.reason": reason.value})
            # Without a traceback no handler raised it, and before the text stands a field.
            span.fail(_kind(error) if traceback else reason.value)
        case _:
            assert_never(outcome)


def _kind(error: str) -> str:
    """Return the type that stands before an error's text, else OpenTelemetry's word for others."""
    kind, _, _ = error.partition(":")
    return kind if _TYPE.fullmatch(kind) else "_OTHER"

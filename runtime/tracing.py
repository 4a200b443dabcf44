"""Traces: what a process of ours tells of its work by spans, and when it does so.

Nothing here imports OpenTelemetry: that is loaded where an OTLP endpoint is set, and else nowhere.
Where nothing is traced there is no `Tracing`, and whoever would be wrapped by it is not.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from enum import Enum, auto
from typing import Protocol

import structlog

from runtime import failure

log = structlog.get_logger()

Attributes = Mapping[str, str | int]

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
PROTOCOL = "http/protobuf"
"""How spans are sent."""


class Kind(Enum):
    """What a span tells of."""

    SERVER = auto()
    PRODUCER = auto()
    CONSUMER = auto()


class Span(Protocol):
    """A piece of work under way."""

    @property
    def traceparent(self) -> str:
        """What makes a span elsewhere its child."""

    def add(self, attributes: Attributes) -> None:
        """Tell more of it."""

    def fail(self, kind: str) -> None:
        """Tell that it failed, and in which of a few ways: never in which words."""


class Tracing(Protocol):
    """Tells of work by spans."""

    def span(
        self,
        kind: Kind,
        name: str,
        attributes: Attributes,
        *,
        parent: str | None = None,
        link: str = "",
    ) -> AbstractContextManager[Span]:
        """Tell of what is done within the context, from its beginning to its end.

        `parent` and `link` are traceparents; one that nobody can read is none. Without a parent the
        span begins a trace; where it is None, it is a child of the span around it, if any. Spans of
        others that begin within are its children. What is raised within has failed.
        """

    async def end(self) -> None:
        """Send what has not been sent, for two seconds at most. Never raises."""


def start_tracing(service: str, environment: Mapping[str, str]) -> Tracing | None:
    """Trace from here on where the environment says so by OpenTelemetry's own variables.

    `service` is the name of the spans' origin where the environment has none. Where traces are
    wanted and cannot be had, it is logged, and all else goes on.
    """
    if not _is_wanted(environment):
        return None

    protocol = _first(PROTOCOLS, environment) or PROTOCOL
    if protocol != PROTOCOL:
        hint = f"set {PROTOCOLS[1]} to {PROTOCOL}, and the endpoint to a port that speaks it"
        log.warning("tracing.off", reason=f"the protocol {protocol} is not spoken", hint=hint)
        return None

    try:
        from runtime.open_telemetry import OpenTelemetry
    except ImportError as error:
        hint = "pip install 'hookline[otel]', or unset OTEL_EXPORTER_OTLP_ENDPOINT"
        log.warning("tracing.off", reason=failure.one_line(error), hint=hint)
        return None

    try:
        tracing = OpenTelemetry(service)
    except Exception as error:  # noqa: BLE001 - a setting that is no number, a file that is not there
        hint = "look at the variables that begin with OTEL_"
        log.warning("tracing.off", reason=failure.one_line(error), hint=hint)
        return None

    log.info("tracing.started", service=service)
    return tracing


async def end_tracing(tracing: Tracing | None) -> None:
    """Send what has not been sent, where anything is traced, for two seconds at most."""
    if tracing is not None:
        await tracing.end()


def _is_wanted(environment: Mapping[str, str]) -> bool:
    if not _first(ENDPOINTS, environment):
        return False
    if _said("OTEL_SDK_DISABLED", environment) == "true":
        return False

    exporters = _said("OTEL_TRACES_EXPORTER", environment) or "otlp"
    return "otlp" in exporters.split(",")


def _first(names: tuple[str, ...], environment: Mapping[str, str]) -> str:
    """Return the first of these variables that is set; one that is blank is not."""
    for name in names:
        said = _said(name, environment)
        if said:
            return said
    return ""


def _said(name: str, environment: Mapping[str, str]) -> str:
    return environment.get(name, "").strip().lower()

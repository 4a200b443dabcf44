"""Metrics, logs and the admin port of the ingress."""

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TextIO

import orjson
import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest

ACCEPTED = Counter("hookline_webhooks_accepted_total", "Webhooks answered 200", ["app", "topic", "secret"])
REFUSED = Counter("hookline_webhooks_refused_total", "Requests not taken in", ["app", "code"])
NOT_PUBLISHED = Counter("hookline_not_published_total", "Publishes that the broker did not confirm", ["reason"])
CONFIRM_SECONDS = Histogram("hookline_confirm_seconds", "From publish to confirm")
IN_FLIGHT = Gauge("hookline_in_flight", "Signed webhooks being stored, at most HOOKLINE_MAX_IN_FLIGHT")
READING = Gauge("hookline_reading", "Requests that have not all come, and so have proven nothing")
READING_BYTES = Gauge("hookline_reading_bytes", "Bytes held of requests that have not all come")
EVICTED = Counter("hookline_readers_evicted_total", "Slowest requests or connections that made way for others")
CONNECTED = Gauge("hookline_ingress_broker_connected", "1 while the link to the broker is open")
DRAINING = Gauge("hookline_ingress_draining", "1 once the ingress was told to stop")
TASKS = Gauge("hookline_ingress_tasks", "Tasks in the event loop")

MAX_TOPICS = 300
"""Topics that get a label of their own: an app without a list of topics takes any, and labels must stay few."""
_TOPICS: set[str] = set()


@lru_cache(maxsize=2048)
def accepted(app: str, topic: str, secret: str) -> Any:
    """Return the counter to increase."""
    if len(_TOPICS) < MAX_TOPICS:
        _TOPICS.add(topic)
    return ACCEPTED.labels(app, topic if topic in _TOPICS else "other", secret)


@lru_cache(maxsize=1024)
def refusals(app: str, code: str) -> Any:
    """Return the counter to increase."""
    return REFUSED.labels(app, code)


PIECE = 3_000
"""Characters: what a pipe takes whole, so that the lines of several processes do not mix."""


class Lines:
    """Writes the lines of one turn of the event loop at once: most of a line is its system call."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._lines = stream, list[str]()

    def line(self, text: str) -> None:
        """Write a line at the turn's end; at once where no loop runs."""
        self._lines.append(text)
        if len(self._lines) == 1:
            try:
                asyncio.get_running_loop().call_soon(self._write)
            except RuntimeError:
                self._write()

    debug = info = warning = error = critical = line

    def _write(self) -> None:
        lines, self._lines = self._lines, []
        piece = ""
        for line in lines:
            if piece and len(piece) + len(line) > PIECE:
                self._send(piece)
                piece = ""
            piece += f"{line}\n"
        self._send(piece)

    def _send(self, piece: str) -> None:
        self._stream.write(piece)
        self._stream.flush()


_TIMES = structlog.processors.TimeStamper(fmt="iso", utc=True)
# Plain ones: the fancy kind prints local variables, and with them bodies and secrets.
_TRACEBACKS = structlog.processors.format_exc_info


def configure_logs(*, as_json: bool, level: str) -> None:
    """Send every log line, also those of libraries, to standard error: one event name and its fields."""
    lines = Lines(sys.stderr)
    console = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )
    chain: list[Any] = [_as_json] if as_json else [structlog.stdlib.add_log_level, _TIMES, _TRACEBACKS, console]
    structlog.configure(
        processors=chain,
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=lambda *_: lines,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=[_plain, *chain]))
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for library in ("aiormq", "aio_pika", "aiohttp"):  # what they warn of, we say ourselves, once and by name
        logging.getLogger(library).setLevel(logging.CRITICAL)


def _as_json(logger: Any, level: str, event: MutableMapping[str, Any]) -> str:
    """Be all of the chain: each step of structlog's own costs as much as the encoding."""
    event["level"], event["timestamp"] = level, datetime.now(UTC)
    if "exc_info" in event:
        event = _TRACEBACKS(logger, level, event)
    return orjson.dumps(event, default=str, option=orjson.OPT_UTC_Z).decode()


def _plain(_: Any, __: str, event: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in event.items() if not key.startswith("_")}


def admin(why_not_ready: Callable[[], Awaitable[str]]) -> web.Application:
    """Serve `/healthz` (never asks the broker), `/readyz` (would a webhook be stored now?) and `/metrics`."""

    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def readyz(_: web.Request) -> web.Response:
        reason = await why_not_ready()
        return web.json_response({"ready": not reason, "reason": reason}, status=503 if reason else 200)

    async def metrics(_: web.Request) -> web.Response:
        TASKS.set(len(asyncio.all_tasks()))
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", metrics)])
    return app

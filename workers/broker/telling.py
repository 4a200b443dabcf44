"""Telling of an outcome, once, in the log and in the metrics. Never raises."""

import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, lru_cache
from logging import ERROR, INFO, WARNING
from time import time
from typing import Any, NamedTuple, assert_never

import structlog

from runtime import failure
from runtime.telemetry import LastTime
from schemas import headers as webhook_headers
from schemas.dead_letter import Reason
from schemas.names import WorkQueue
from workers import clock
from workers.broker.under_way import UnderWay
from workers.outcome import Again, Aside, Dead, Deferred, Done, Duplicate, Outcome
from workers.telemetry import DEAD, DELIVERIES, LAST_SETTLED, labels_of

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Told:
    """All is done and told but for the ack, which the broker has missed."""


@dataclass(frozen=True, slots=True)
class Follows:
    """Nothing was attempted: another webhook of its shop comes first, and that one waits."""


@dataclass(frozen=True, slots=True)
class Halts:
    """It is dead, and a dead letter; its shop's sequence is to wait in its place."""


@dataclass(frozen=True, slots=True)
class Released:
    """Nothing was attempted: it only says who has its shop's sequence go on."""

    by: str


TOLD = Told()
HALTS = Halts()
Owed = Outcome | Told | Follows | Halts | Released
"""What is to be settled: now, or when the message is delivered again."""


class Line(NamedTuple):
    """What is logged of an outcome, besides whose it is."""

    level: int
    event: str
    more: dict[str, Any]


_DELIVERY = "delivery."
_DONE = Line(INFO, "delivery.done", {})


def tell(run: UnderWay, outcome: Owed) -> None:
    """Log and count an outcome.

    The message is settled by now: a log line that fails (an author may have configured the logging
    anew) must not have it settled again.
    """
    try:
        event = _log(run, outcome)
        if isinstance(outcome, Dead):
            _dead_letters_counter(run.queue, outcome.reason).inc()
        if event.startswith(_DELIVERY):
            _deliveries_counter(run.queue, event).inc()
            _last_settled(run.queue).at = time()
    except Exception as error:  # noqa: BLE001 - whatever it is, it comes too late to matter to the message
        with suppress(OSError, ValueError):
            sys.stderr.write(f"delivery.not_told: {failure.one_line(error)}\n")


@lru_cache(maxsize=4096)
def _deliveries_counter(queue: WorkQueue, event: str) -> Any:
    """Return the counter to increase."""
    outcome = event.removeprefix(_DELIVERY)
    return DELIVERIES.labels(*labels_of(queue), outcome)


@cache
def _last_settled(queue: WorkQueue) -> LastTime:
    return LastTime(LAST_SETTLED.labels(*labels_of(queue)))


@lru_cache(maxsize=4096)
def _dead_letters_counter(queue: WorkQueue, reason: Reason) -> Any:
    """Return the counter to increase."""
    return DEAD.labels(*labels_of(queue), reason.value)


def _log(run: UnderWay, outcome: Owed) -> str:
    """Log an outcome and return the event's name; the empty string where it was told before."""
    if isinstance(outcome, Told):
        return ""

    if isinstance(outcome, Follows | Halts | Released):
        line = _line_of_place(outcome)
    else:
        line = _line(outcome)
    fields = {
        "id": webhook_headers.text(run.headers, webhook_headers.ID),
        "consumer": run.queue.consumer,
        "topic": run.properties.type,
        "shop": webhook_headers.text(run.headers, webhook_headers.SHOP),
        "attempt": run.number,
        "ms": clock.now_ms() - run.started_ms,
    }
    log.log(line.level, line.event, **fields, **line.more)
    return line.event


def _line_of_place(outcome: Follows | Halts | Released) -> Line:
    match outcome:
        case Follows():
            return Line(INFO, "delivery.held", {})
        case Halts():
            return Line(WARNING, "sequence.halted", {})
        case Released(by):
            return Line(INFO, "sequence.released", {"by": by})
        case _:
            assert_never(outcome)


def _line(outcome: Outcome) -> Line:
    match outcome:
        case Done():
            return _DONE
        case Duplicate():
            return Line(INFO, "delivery.duplicate", {})
        case Again(delay, error):
            return Line(WARNING, "delivery.retried", {"delay": delay, "error": error})
        case Deferred(delay, reason):
            return Line(INFO, "delivery.deferred", {"delay": delay, "reason": reason})
        case Aside(delay, crashes):
            return Line(WARNING, "delivery.aside", {"delay": delay, "crashes": crashes})
        case Dead(why, error):
            return Line(ERROR, "delivery.dead", {"reason": why.value, "error": error})
        case _:
            assert_never(outcome)

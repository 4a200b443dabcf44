"""The copy by which a message goes on: to a rung, or to the dead letters; and what it says."""

import os
import socket
from dataclasses import dataclass
from typing import assert_never

from runtime.amqp.properties import for_copy
from schemas import headers as webhook_headers
from schemas.dead_letter import DeadLetter
from schemas.headers import Header
from schemas.ladder import LADDER, rung_for
from schemas.names import dead_exchange, retry_exchange
from schemas.properties import Properties
from workers import clock
from workers.broker.telling import Owed, Told
from workers.broker.under_way import UnderWay
from workers.outcome import Again, Aside, Dead, Deferred, Done, Duplicate

WORKER = f"{socket.gethostname()}:{os.getpid()}"


@dataclass(frozen=True, slots=True)
class Copy:
    """What is published before the original is acked."""

    exchange: str
    properties: Properties


def copy_of(run: UnderWay, outcome: Owed) -> Copy | None:
    """Return the copy that an outcome needs; None where it needs none."""
    match outcome:
        case Done() | Duplicate() | Told():
            return None
        case Again(delay, error):
            exchange = retry_exchange(run.queue.app, rung_for(delay))
            own = _again(run, error) | _waiting(delay)
        case Deferred(delay):
            exchange = retry_exchange(run.queue.app, rung_for(delay))
            own = _deferred(run, outcome) | _waiting(delay)
        case Aside(delay, crashes):
            exchange = retry_exchange(run.queue.app, rung_for(delay))
            own = _aside(crashes) | _waiting(delay)
        case Dead():
            exchange = dead_exchange(run.queue.app)
            own = _dead(run, outcome)
        case _:
            assert_never(outcome)

    headers = webhook_headers.carried(run.headers, dies=isinstance(outcome, Dead))
    return Copy(exchange, for_copy(run.properties, headers | own))


def _again(run: UnderWay, error: str) -> dict[str, Header]:
    return {
        webhook_headers.ERROR: error,
        webhook_headers.ATTEMPT: run.number + 1,
        webhook_headers.FIRST: run.first_ms,
        webhook_headers.CONSUMER: run.queue.consumer,
    }


def _deferred(run: UnderWay, outcome: Deferred) -> dict[str, Header]:
    own: dict[str, Header] = {
        webhook_headers.ERROR: outcome.reason,
        webhook_headers.CONSUMER: run.queue.consumer,
    }
    if outcome.times:
        own[webhook_headers.DEFERRED] = outcome.times
    return own | _aside(outcome.crashes)


def _aside(crashes: int) -> dict[str, Header]:
    if not crashes:
        return {}
    return {webhook_headers.CRASHES: crashes}


def _waiting(delay: float) -> dict[str, Header]:
    """Return the headers that say since when it waits; and until when, where that is longer than
    the last rung.
    """
    now_ms = clock.now_ms()
    own: dict[str, Header] = {webhook_headers.WAITING: now_ms}
    if delay > LADDER[-1]:
        own[webhook_headers.DUE] = now_ms + int(delay * 1000)
    return own


def _dead(run: UnderWay, outcome: Dead) -> dict[str, Header]:
    letter = DeadLetter(
        consumer=run.queue.consumer,
        reason=outcome.reason,
        attempt=run.number,
        died_ms=clock.now_ms(),
        error=outcome.error,
        traceback=outcome.traceback,
        worker=WORKER,
        replays=webhook_headers.number(run.headers, webhook_headers.REPLAYS),
        first_died_ms=webhook_headers.number(run.headers, webhook_headers.FIRST_DIED),
    )
    return letter.headers()

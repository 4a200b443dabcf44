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
from schemas.names import dead_exchange, retry_exchange, return_exchange
from schemas.partition_names import held_queue
from schemas.properties import Properties
from workers import clock
from workers.broker.telling import Follows, Owed, Told
from workers.broker.under_way import UnderWay
from workers.outcome import Again, Aside, Dead, Deferred, Done, Duplicate

WORKER = f"{socket.gethostname()}:{os.getpid()}"


@dataclass(frozen=True, slots=True)
class Copy:
    """What is published before the original is acked."""

    exchange: str
    routing_key: str
    properties: Properties


def copy_of(run: UnderWay, outcome: Owed) -> Copy | None:
    """Return the copy that an outcome needs; None where it needs none."""
    match outcome:
        case Done() | Duplicate() | Told():
            return None
        case Dead():
            exchange = dead_exchange(run.queue.app)
            return _made(run, exchange, run.queue.name, _dead(run, outcome), dies=True)
        case Again(delay, error):
            return _later(run, delay, _again(run, error))
        case Deferred(delay):
            return _later(run, delay, _deferred(run, outcome))
        case Aside(delay, crashes):
            return _later(run, delay, _aside(crashes))
        case Follows():
            return _later(run, 0.0, _unchanged(run))
        case _:
            assert_never(outcome)


def _later(run: UnderWay, delay: float, own: dict[str, Header]) -> Copy:
    """Return the copy that waits: on a rung, or where the order is kept, at its place in that."""
    seat = run.seat
    if seat is None:
        exchange = retry_exchange(run.queue.app, rung_for(delay))
        return _made(run, exchange, run.queue.name, own | _waiting(delay))

    now_ms = clock.now_ms()
    at_its_place: dict[str, Header] = {
        webhook_headers.WAITING: now_ms,
        webhook_headers.DUE: now_ms + int(delay * 1000),
        webhook_headers.HELD_OF: seat.origin,
        webhook_headers.HELD_PLACE: seat.place,
        webhook_headers.HELD_TURN: seat.turn,
    }
    exchange = return_exchange(run.queue.app)
    return _made(run, exchange, held_queue(run.queue), own | at_its_place)


def _made(
    run: UnderWay, exchange: str, key: str, own: dict[str, Header], *, dies: bool = False
) -> Copy:
    headers = webhook_headers.carried(run.headers, dies=dies)
    return Copy(exchange, key, for_copy(run.properties, headers | own))


def _again(run: UnderWay, error: str) -> dict[str, Header]:
    return {
        webhook_headers.ERROR: error,
        webhook_headers.ATTEMPT: run.number + 1,
        webhook_headers.FIRST: run.first_ms,
        webhook_headers.CONSUMER: run.queue.consumer,
    }


def _unchanged(run: UnderWay) -> dict[str, Header]:
    """Return what is true of a copy that stands for the message as it came."""
    counted = (webhook_headers.CRASHES, webhook_headers.DEFERRED)
    return {
        name: number for name in counted if (number := webhook_headers.number(run.headers, name))
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

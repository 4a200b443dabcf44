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
from workers.broker.telling import HALTS, Follows, Halts, Owed, Released, Told
from workers.broker.under_way import UnderWay
from workers.outcome import Again, Aside, Dead, Deferred, Done, Duplicate
from workers.seats import headers_of, whose

WORKER = f"{socket.gethostname()}:{os.getpid()}"


@dataclass(frozen=True, slots=True)
class Copy:
    """What is published before the original is acked."""

    exchange: str
    routing_key: str
    properties: Properties
    body: bytes


def steps_of(run: UnderWay, outcome: Owed) -> list[Owed]:
    """Return what is to be settled, one after the other, the last of it with the ack.

    What dies where its place is kept needs two copies: the dead letter, and then what halts the
    sequence. So killed in between it dies twice, and never waits for a letter that is not there.
    """
    if isinstance(outcome, Dead) and run.seat is not None:
        return [outcome, HALTS]
    return [outcome]


def copy_of(run: UnderWay, outcome: Owed) -> Copy | None:
    """Return the copy that an outcome needs; None where it needs none."""
    match outcome:
        case Done() | Duplicate() | Told() | Released():
            return None
        case Dead():
            exchange = dead_exchange(run.queue.app)
            return _made(run, exchange, run.queue.name, _dead(run, outcome), dies=True)
        case Again() | Deferred() | Aside():
            return _later(run, outcome.delay, _own(run, outcome))
        case Follows():
            return _later(run, 0.0, _unchanged(run))
        case Halts():
            return _stub(run)
        case _:
            assert_never(outcome)


def _own(run: UnderWay, outcome: Again | Deferred | Aside) -> dict[str, Header]:
    """Return what a copy says of the attempt that it waits for."""
    match outcome:
        case Again():
            return _again(run, outcome.error)
        case Deferred():
            return _deferred(run, outcome)
        case Aside():
            return _aside(outcome.crashes)
        case _:
            assert_never(outcome)


def _later(run: UnderWay, delay: float, own: dict[str, Header]) -> Copy:
    """Return the copy that waits: on a rung, or where the order is kept, at its place in that."""
    seat = run.seat
    if seat is None:
        exchange = retry_exchange(run.queue.app, rung_for(delay))
        return _made(run, exchange, run.queue.name, own | _waiting(delay))

    now_ms = clock.now_ms()
    wait: dict[str, Header] = {
        webhook_headers.WAITING: now_ms,
        webhook_headers.DUE: now_ms + int(delay * 1000),
    }
    exchange = return_exchange(run.queue.app)
    return _made(run, exchange, held_queue(run.queue), own | wait | headers_of(seat))


def _stub(run: UnderWay) -> Copy | None:
    """Return what keeps the place of a dead webhook: it says whose, and has no body."""
    if run.seat is None:
        return None

    headers = whose(run.headers)
    headers |= headers_of(run.seat)
    headers[webhook_headers.WAITING] = clock.now_ms()
    headers[webhook_headers.HALTED] = webhook_headers.text(run.headers, webhook_headers.ID)
    properties = for_copy(run.properties, headers)
    exchange = return_exchange(run.queue.app)
    return Copy(exchange, held_queue(run.queue), properties, body=b"")


def _made(
    run: UnderWay, exchange: str, key: str, own: dict[str, Header], *, dies: bool = False
) -> Copy:
    headers = webhook_headers.carried(run.headers, dies=dies)
    return Copy(exchange, key, for_copy(run.properties, headers | own), run.body)


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
    headers = letter.headers()
    if run.seat is not None:
        headers |= headers_of(run.seat)
        headers[webhook_headers.HALTS] = run.queue.name
    return headers

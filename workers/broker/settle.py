"""Acting on an outcome: first the copy is confirmed, then the original is acked; so nothing is ever in no queue."""

import os
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import time

import structlog
from aiormq import spec
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_random_exponential

from schemas import headers as names
from schemas.dead_letter import DeadLetter
from schemas.headers import Header
from schemas.ladder import LADDER, rung_for
from schemas.names import dead_exchange, retry_exchange
from workers.attempt import Again, Aside, Dead, Done, Outcome
from workers.broker.properties import properties_like
from workers.broker.publisher import NotPublished, Publisher
from workers.broker.run import LOST, Run
from workers.telemetry import DEAD, DELIVERIES

log = structlog.get_logger()

WORKER = f"{socket.gethostname()}:{os.getpid()}"
_PAUSES = wait_random_exponential(multiplier=0.1, max=5)


@dataclass(frozen=True, slots=True)
class Copy:
    """What is published before the original is acked."""

    exchange: str
    properties: spec.Basic.Properties


class Settler:
    """Settles runs over a publisher. `mend` makes the broker whole again when a copy found no place."""

    def __init__(self, publisher: Publisher, mend: Callable[[], Awaitable[None]]) -> None:
        self._publisher, self._mend = publisher, mend

    async def settle(self, run: Run, outcome: Outcome) -> Outcome | None:
        """Settle and return None; or return what is still owed, where the broker took the message back meanwhile."""
        copy = _copy(run, outcome)
        if copy is not None:
            if not await self._published(run, copy):
                return outcome
            _tell(run, outcome)
        try:
            run.ack()
        except LOST:
            return Done()
        if copy is None:
            _tell(run, outcome)
        return None

    async def _published(self, run: Run, copy: Copy) -> bool:
        """Publish until confirmed, with growing pauses; False where the original is no longer ours to replace."""
        if not run.is_ours:
            return False

        def given_up(_: RetryCallState) -> bool:
            return not run.is_ours

        async def mend(state: RetryCallState) -> None:
            if state.attempt_number == 1 and state.outcome is not None:
                log.warning("delivery.not_published", queue=run.queue.name, error=str(state.outcome.exception()))
            await self._mend()

        expected = retry_if_exception_type(NotPublished)
        trials = AsyncRetrying(retry=expected, wait=_PAUSES, stop=given_up, before_sleep=mend, reraise=True)
        try:
            await trials(self._publisher.publish, copy.exchange, run.queue.name, copy.properties, run.body)
        except NotPublished as error:
            error.with_traceback(None)  # it holds tenacity's frames, and they hold it, and the body
            return False
        finally:
            trials.iter_state.reset()  # what is in there holds `trials`, and that the run: else they stay as a cycle
        return True


def _copy(run: Run, outcome: Outcome) -> Copy | None:
    match outcome:
        case Done():
            return None
        case Again(delay):
            exchange, own = retry_exchange(run.queue.app, rung_for(delay)), _again(run, outcome)
        case Aside(delay, crashes):
            exchange, own = retry_exchange(run.queue.app, rung_for(delay)), {names.CRASHES: crashes}
        case Dead():
            exchange, own = dead_exchange(run.queue.app), _dead(run, outcome)
    old = {name: value for name, value in names.kept(run.headers).items() if name not in names.PASSING}
    return Copy(exchange, properties_like(run.properties, old | own))


def _again(run: Run, outcome: Again) -> dict[str, Header]:
    return {
        names.ATTEMPT: run.number + (0 if run.early_ms else 1),  # it came too early: no attempt was made
        names.FIRST: run.first_ms,
        names.CONSUMER: run.queue.consumer,
        **({names.DUE: int(time() * 1000 + outcome.delay * 1000)} if outcome.delay > LADDER[-1] else {}),
    }


def _dead(run: Run, outcome: Dead) -> dict[str, Header]:
    letter = DeadLetter(
        consumer=run.queue.consumer,
        reason=outcome.reason,
        attempt=run.number,
        died_ms=int(time() * 1000),
        error=outcome.error,
        traceback=outcome.traceback,
        worker=WORKER,
        replays=names.number(run.headers, names.REPLAYS),
    )
    return letter.headers()


def _tell(run: Run, outcome: Outcome) -> None:
    queue, spent_ms = run.queue, int(time() * 1000) - run.started_ms
    fields = {
        "id": names.text(run.headers, names.ID),
        "consumer": queue.consumer,
        "topic": run.properties.message_type,
        "shop": names.text(run.headers, names.SHOP),
        "attempt": run.number,
        "ms": spent_ms,
    }
    match outcome:
        case Done():
            event = "delivery.done"
            log.info(event, **fields)
        case Again(delay, error):
            event = "delivery.retried"
            log.warning(event, **fields, delay=delay, error=error)
        case Aside(delay, crashes):
            event = "delivery.aside"
            log.warning(event, **fields, delay=delay, crashes=crashes)
        case Dead(reason, error, _):
            event = "delivery.dead"
            DEAD.labels(queue.consumer, queue.topic, reason.value).inc()
            log.error(event, **fields, reason=reason.value, error=error)
    DELIVERIES.labels(queue.consumer, queue.topic, event.removeprefix("delivery.")).inc()

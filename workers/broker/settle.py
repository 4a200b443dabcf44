"""Acting on an outcome: first the copy is confirmed, then the original is acked.

So nothing is ever in no queue.
"""

import os
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import time
from typing import assert_never

import structlog
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_random_exponential

from runtime import failure
from runtime.amqp.confirms import NotPublished
from runtime.amqp.link import LOST
from runtime.amqp.properties import for_copy
from schemas import headers as webhook_headers
from schemas.dead_letter import DeadLetter
from schemas.headers import Header
from schemas.ladder import LADDER, rung_for
from schemas.names import dead_exchange, retry_exchange
from schemas.properties import Properties
from workers.broker.publisher import Publisher
from workers.broker.telling import TOLD, Owed, Told, tell
from workers.broker.under_way import UnderWay
from workers.outcome import Again, Aside, Dead, Deferred, Done, Duplicate

log = structlog.get_logger()

WORKER = f"{socket.gethostname()}:{os.getpid()}"
_PAUSES = wait_random_exponential(multiplier=0.1, max=5)


Settle = Callable[[UnderWay, Owed], Awaitable[Owed | None]]
"""Acts on an outcome.

Returns None when settled, else what is still owed when the message is delivered again.
"""


@dataclass(frozen=True, slots=True)
class Copy:
    """What is published before the original is acked."""

    exchange: str
    properties: Properties


class Settler:
    """Settles runs over a publisher.

    `request_check` has the topology declared again when a copy found no place.
    """

    def __init__(self, publisher: Publisher, request_check: Callable[[], Awaitable[None]]) -> None:
        self._publisher = publisher
        self._request_check = request_check

    async def settle(self, run: UnderWay, outcome: Owed) -> Owed | None:
        """Settle and return None; return what is still owed where the message was taken back.

        Between the confirm of a copy and the ack stands nothing that can fail, and nothing after
        the ack raises.
        """
        copy = _copy(run, outcome)
        if copy is not None and not await self._published(run, copy):
            return outcome

        # Told after the ack, and with a copy even where the ack failed: the copy is confirmed, so
        # the outcome stands. Without a copy the outcome is told by the delivery that gets acked.
        is_acked = _ack(run)
        if is_acked or copy is not None:
            tell(run, outcome)
        if is_acked:
            return None

        # With a copy, all is done but for the ack. Without one, nobody knows of the outcome yet.
        if copy is None:
            return outcome
        return TOLD

    async def _published(self, run: UnderWay, copy: Copy) -> bool:
        """Publish until confirmed, with growing pauses; False once the original is not ours."""
        if not run.is_ours:
            return False

        def given_up(_: RetryCallState) -> bool:
            return not run.is_ours

        async def check_first(state: RetryCallState) -> None:
            if state.attempt_number == 1 and state.outcome is not None:
                log.warning("delivery.not_published", queue=run.queue.name, error=_reason(state))
            await self._request_check()

        expected = retry_if_exception_type(NotPublished)
        trials = AsyncRetrying(
            retry=expected, wait=_PAUSES, stop=given_up, before_sleep=check_first, reraise=True
        )
        try:
            await trials(
                self._publisher.publish, copy.exchange, run.queue.name, copy.properties, run.body
            )
        except NotPublished as error:
            error.with_traceback(None)  # it holds tenacity's frames, and they hold it, and the body
            return False
        finally:
            # what is in there holds `trials`, and that the run: else they stay as a cycle
            trials.iter_state.reset()
        return True


def _ack(run: UnderWay) -> bool:
    try:
        run.ack()
    except LOST:
        return False
    return True


def _reason(state: RetryCallState) -> str:
    if state.outcome is None:
        return ""
    error = state.outcome.exception()
    if error is None:
        return ""
    return failure.text_of(error)


def _copy(run: UnderWay, outcome: Owed) -> Copy | None:
    match outcome:
        case Done() | Duplicate() | Told():
            return None
        case Again(delay, error):
            exchange = retry_exchange(run.queue.app, rung_for(delay))
            own = _again(run, error) | _waiting(delay)
        case Deferred(delay, reason, crashes):
            exchange = retry_exchange(run.queue.app, rung_for(delay))
            own = _deferred(run, reason) | _aside(crashes) | _waiting(delay)
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


def _deferred(run: UnderWay, reason: str) -> dict[str, Header]:
    return {webhook_headers.ERROR: reason, webhook_headers.CONSUMER: run.queue.consumer}


def _aside(crashes: int) -> dict[str, Header]:
    if not crashes:
        return {}
    return {webhook_headers.CRASHES: crashes}


def _waiting(delay: float) -> dict[str, Header]:
    """Return the headers that say since when it waits; and until when, where that is longer than
    the last rung.
    """
    now_ms = int(time() * 1000)
    own: dict[str, Header] = {webhook_headers.WAITING: now_ms}
    if delay > LADDER[-1]:
        own[webhook_headers.DUE] = now_ms + int(delay * 1000)
    return own


def _dead(run: UnderWay, outcome: Dead) -> dict[str, Header]:
    letter = DeadLetter(
        consumer=run.queue.consumer,
        reason=outcome.reason,
        attempt=run.number,
        died_ms=int(time() * 1000),
        error=outcome.error,
        traceback=outcome.traceback,
        worker=WORKER,
        replays=webhook_headers.number(run.headers, webhook_headers.REPLAYS),
        first_died_ms=webhook_headers.number(run.headers, webhook_headers.FIRST_DIED),
    )
    return letter.headers()

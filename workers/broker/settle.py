"""Acting on an outcome: first the copy is confirmed, then the original is acked.

So nothing is ever in no queue.
"""

from collections.abc import Awaitable, Callable

import structlog
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_random_exponential

from runtime import failure
from runtime.amqp.confirms import NotPublished
from runtime.amqp.link import LOST
from workers.broker.copies import Copy, copy_of, steps_of
from workers.broker.publisher import Publisher
from workers.broker.telling import TOLD, Owed, tell
from workers.broker.under_way import UnderWay

log = structlog.get_logger()

_PAUSES = wait_random_exponential(multiplier=0.1, max=5)


Settle = Callable[[UnderWay, Owed], Awaitable[Owed | None]]
"""Acts on an outcome.

Returns None when settled, else what is still owed when the message is delivered again.
"""


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
        *before, last = steps_of(run, outcome)
        for step in before:
            copy = copy_of(run, step)
            if copy is not None and not await self._published(run, copy):
                return step
            tell(run, step)
        return await self._settle_last(run, last)

    async def _settle_last(self, run: UnderWay, outcome: Owed) -> Owed | None:
        copy = copy_of(run, outcome)
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
                self._publisher.publish, copy.exchange, copy.routing_key, copy.properties, copy.body
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

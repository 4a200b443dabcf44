"""When another attempt is due: tenacity's strategies decide, RabbitMQ waits. Pure."""

from dataclasses import dataclass

from tenacity import (
    Future,
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_never,
    wait_exponential,
)
from tenacity.retry import retry_base
from tenacity.stop import stop_base
from tenacity.wait import wait_base

from schemas.dead_letter import Reason
from workers.delivery import Retry

MAX_DELAY = 10 * 365 * 86_400.0
"""Seconds: no wait is longer than ten years, so that its end is a time."""

_WAIT, _STOP, _RETRY = (
    wait_exponential(multiplier=5, max=3600),
    stop_after_attempt(12),
    retry_if_exception_type(BaseException),
)
_RETRYING = Retrying(stop=stop_never)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How a consumer retries, in tenacity's own strategies, combined with tenacity's own operators.

    `wait` gives the delay in seconds, `stop` when to give up, `retry` which errors are worth another attempt.
    Strategies that look at time (`stop_after_delay`) see the time since the webhook's first attempt here. The default:
    5 s, 10 s, 20 s … to an hour, twelve attempts, about four hours and a half in all, whatever was raised.
    """

    wait: wait_base = _WAIT
    stop: stop_base = _STOP
    retry: retry_base = _RETRY

    def delay(self, error: BaseException, attempt: int, elapsed: float) -> float | Reason:
        """Return the seconds until the next attempt, or the reason why there is none.

        `attempt` is the one that failed, counted from 1; `elapsed` the seconds since the first began.
        """
        state = _state(error, attempt, elapsed)
        if not (isinstance(error, Retry) or self.retry(state)):
            return Reason.EXHAUSTED
        asked = error.after if isinstance(error, Retry) else None
        delay = float(self.wait(state) if asked is None else asked)
        if not self.stop(_state(error, attempt, elapsed, delay)):
            return min(delay, MAX_DELAY)
        by_number = self.stop(_state(error, attempt, 0.0))
        return Reason.EXHAUSTED if by_number else Reason.EXPIRED


def _state(error: BaseException, attempt: int, elapsed: float, delay: float = 0.0) -> RetryCallState:
    """Build what tenacity's strategies look at, as its own loop would have built it after this attempt."""
    state = RetryCallState(_RETRYING, None, (), {})
    outcome = Future(attempt)
    outcome.set_exception(error)
    state.attempt_number = attempt
    state.start_time, state.outcome_timestamp = 0.0, elapsed
    state.upcoming_sleep = state.idle_for = delay
    state.outcome = outcome
    return state

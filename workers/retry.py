"""When another attempt is due: tenacity's strategies decide, RabbitMQ waits. Pure."""

import math
from dataclasses import dataclass, fields

from tenacity import (
    Future,
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_never,
    wait_exponential,
)
from tenacity.retry import RetryBaseT
from tenacity.stop import StopBaseT
from tenacity.wait import WaitBaseT

from schemas.dead_letter import Reason
from workers.delivery import Retry, seconds_until
from workers.strategies import check, check_result

MAX_DELAY = 10 * 365 * 86_400.0
"""Seconds: no wait is longer than ten years, so that its end is a time."""

_WAIT = wait_exponential(multiplier=5, max=3600)
_STOP = stop_after_attempt(12)
_RETRY = retry_if_exception_type(BaseException)
_RETRYING = Retrying(stop=stop_never)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How a consumer retries, in tenacity's own strategies, combined with tenacity's own operators.

    `wait` gives the delay in seconds, `stop` when to give up, `retry` which errors are worth
    another attempt. As with tenacity, each may also be a function of the retry state; each is tried
    once here, on an error of ours. Strategies that look at time (`stop_after_delay`) see the time
    since the webhook's first attempt here. The default: 5 s, 10 s, 20 s … to an hour, twelve
    attempts, whatever was raised. That is about two hours and a half as it is asked for, and
    somewhat over three on the ladder, where no wait is cut short.

    Raises BadPolicy, which names tenacity's class for what was given instead of a strategy.
    """

    wait: WaitBaseT = _WAIT
    stop: StopBaseT = _STOP
    retry: RetryBaseT = _RETRY

    def __post_init__(self) -> None:
        for part in fields(self):
            strategy = getattr(self, part.name)
            check(part.name, strategy)
            trial = _state(RuntimeError("a trial"), 1, 0.0)
            check_result(part.name, strategy, trial)

    def delay(self, error: BaseException, attempt: int, elapsed: float) -> float | Reason:
        """Return the seconds until the next attempt, or the reason why there is none.

        `attempt` is the one that failed, counted from 1; `elapsed` the seconds since the first
        began. Raises what a strategy raises, and ValueError where `wait` gives no number.
        """
        state = _state(error, attempt, elapsed)
        asked = None
        if isinstance(error, Retry):
            asked = error.after
        elif not self.retry(state):
            return Reason.EXHAUSTED

        delay = float(self.wait(state)) if asked is None else seconds_until(asked, Retry)
        if math.isnan(delay):
            raise ValueError("wait gave no number")

        after_the_wait = _state(error, attempt, elapsed, delay)
        if not self.stop(after_the_wait):
            return min(delay, MAX_DELAY)

        without_time = _state(error, attempt, 0.0)
        if self.stop(without_time):
            return Reason.EXHAUSTED
        return Reason.EXPIRED


def _state(
    error: BaseException, attempt: int, elapsed: float, delay: float = 0.0
) -> RetryCallState:
    """Build what tenacity's strategies look at, as its own loop would after this attempt."""
    state = RetryCallState(_RETRYING, None, (), {})
    outcome = Future(attempt)
    outcome.set_exception(error)
    state.attempt_number = attempt
    state.start_time = 0.0
    state.outcome_timestamp = elapsed
    state.upcoming_sleep = delay
    state.idle_for = delay
    state.outcome = outcome
    return state

"""Consumers that work, but not as their author may think. Pure."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from runtime.finding import Finding
from schemas.dead_letter import Reason
from schemas.ladder import LADDER, rung_for
from workers import durations
from workers.consumer import Consumer
from workers.once import Once
from workers.retry import RetryPolicy

LONGEST = 30 * 86_400
"""Seconds after which a policy that still goes on counts as one without end."""
LONGEST_DIGEST = 3_600
"""Seconds for which it is plausible that an equal body is the same webhook sent again."""
MOST_ATTEMPTS = 10_000
"""Attempts after which it does."""


def findings_of_consumers(
    consumers: Sequence[Consumer[Any]], drain_timeout: float
) -> Iterator[Finding]:
    """Yield what their authors may not know; `drain_timeout` is the settings', in seconds."""
    yield from _of_replaying(consumers)
    yield from _of_timeouts(consumers, drain_timeout)
    for one in consumers:
        yield from _of_policy(one.name, one.retry)
        if one.once is not None:
            yield from _of_once(one.name, one.once)


def _of_replaying(consumers: Sequence[Consumer[Any]]) -> Iterator[Finding]:
    silent = [one.name for one in consumers if one.replay is None]
    if silent:
        yield Finding(
            f"nobody says whether {', '.join(silent)} may handle a webhook twice, and an operator "
            "who replays dead letters at night cannot know",
            '@consumer(…, replay="safe") where that does no harm, replay="never" where it does',
            is_wrong=False,
        )


def _of_timeouts(consumers: Sequence[Consumer[Any]], drain_timeout: float) -> Iterator[Finding]:
    outlasting = [one for one in consumers if one.timeout > drain_timeout]
    if not outlasting:
        return

    names = ", ".join(one.name for one in outlasting)
    longest = max(one.timeout for one in outlasting)
    seconds = math.ceil(longest)
    grace = seconds + 15
    yield Finding(
        f"handlers of {names} may run for {longest:g} s, and a worker that is told to end cuts "
        f"them off after {drain_timeout:g} s (they run again elsewhere)",
        f"HOOKLINE_DRAIN_TIMEOUT={seconds}, and whatever stops the process waits for {grace} s; "
        "`hookline-workers deploy` writes both",
        is_wrong=False,
    )


def _of_policy(name: str, policy: RetryPolicy) -> Iterator[Finding]:
    longest_wait, is_endless = _followed(policy)
    if longest_wait > LADDER[-1]:
        waits = timedelta(seconds=round(longest_wait))
        yield Finding(
            f"consumer {name}: its policy waits for up to {waits}, and the ladder's longest rung "
            "is a day: such a retry goes round on it, a copy a day",
            f"a wait of {LADDER[-1]} s at most (max={LADDER[-1]}), or know that it is so",
            is_wrong=False,
        )
    if is_endless:
        days = LONGEST // 86_400
        yield Finding(
            f"consumer {name}: its policy has not given up after {days} days "
            f"or {MOST_ATTEMPTS} attempts: what cannot be done never becomes a dead letter, "
            "and nobody is told",
            "stop=stop_after_attempt(…) or stop_after_delay(…)",
            is_wrong=False,
        )


def _of_once(name: str, once: Once) -> Iterator[Finding]:
    if once.key == "digest" and once.seconds > LONGEST_DIGEST:
        window = durations.shown(once.seconds)
        yield Finding(
            f"consumer {name}: of two equal bodies within {window} it swallows the second, and "
            "what is changed back by then has the body that it had before",
            'a window of minutes (window="10m"), or key="id" where the platform sends ids',
            is_wrong=False,
        )


def _followed(policy: RetryPolicy) -> tuple[float, bool]:
    """Follow the policy through attempts that all fail; return its longest wait, and whether it
    never ends.
    """
    whatever_was_raised = replace(policy, retry=_always)
    longest = 0.0
    elapsed = 0.0
    for attempt in range(1, MOST_ATTEMPTS + 1):
        delay = _delay(whatever_was_raised, attempt, elapsed)
        if delay is None:
            return longest, False

        longest = max(longest, delay)
        elapsed += max(delay, rung_for(delay))
        if elapsed > LONGEST:
            return longest, _goes_on(whatever_was_raised, attempt, elapsed)
    return longest, True


def _goes_on(policy: RetryPolicy, attempt: int, elapsed: float) -> bool:
    """Tell whether there is a further attempt even so late."""
    return _delay(policy, attempt + 1, elapsed) is not None


def _delay(policy: RetryPolicy, attempt: int, elapsed: float) -> float | None:
    """Return the wait before the next attempt; None where there is none, or a strategy fails."""
    try:
        delay = policy.delay(RuntimeError("a trial"), attempt, elapsed)
    except Exception:  # noqa: BLE001 - a strategy is the author's; the first failure will tell
        return None
    if isinstance(delay, Reason):
        return None
    return max(delay, 0.0)


def _always(_: object) -> bool:
    return True

"""The options of a consumer: what each may be. What cannot work is refused where it is written."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal, TypeAlias

from tenacity import BaseRetrying
from tenacity.retry import retry_base
from tenacity.stop import stop_base
from tenacity.wait import wait_base

from schemas.names import check_name
from schemas.orders import MAX_CONCURRENCY
from schemas.topic import TopicPattern
from workers.breaker import Breaker
from workers.once import Once
from workers.retry import RetryPolicy

Rerun: TypeAlias = Literal["safe", "never"]
"""What an author says of replaying: it does no harm, or it must not be without `--force`."""


class BadOption(ValueError):
    """An option of a consumer cannot be; the message says how it should be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What an author says of a consumer by keyword; `consumer` says what each means."""

    concurrency: int
    timeout: float
    retry: RetryPolicy | None
    max_age: float | None
    replay: Rerun | None
    breaker: Breaker | None
    once: Once | None

    def check(self) -> None:
        """Raise BadOption for the first that cannot be."""
        for name, check in _CHECKS.items():
            value = getattr(self, name)
            check(value)


def check_consumer_name(name: object) -> None:
    """Raise BadOption, or BadName, where a consumer cannot be called so."""
    if not isinstance(name, str):
        raise BadOption('a name is text: name="erp"')
    if not name or name == "<lambda>":
        raise BadOption('its handler has no name; give it one: name="erp"')
    check_name("consumer", name)


def check_topics(topics: Sequence[object]) -> tuple[TopicPattern, ...]:
    """Return the topics as patterns, of which no two may meet; raises BadOption, or BadTopic."""
    if not topics:
        raise BadOption('name at least one topic: @consumer("orders/create")')

    for topic in topics:
        if isinstance(topic, list | tuple | set | frozenset):
            raise BadOption(
                'topics are given one by one: @consumer("orders/create", "orders/paid")'
            )
        if not isinstance(topic, str):
            raise BadOption(
                f'a topic is text, such as "orders/create", and no {type(topic).__name__}'
            )

    patterns = tuple(TopicPattern.parse(str(topic)) for topic in topics)
    for one, other in combinations(patterns, 2):
        _check_apart(one, other)
    return patterns


def _check_apart(one: TopicPattern, other: TopicPattern) -> None:
    """Refuse two topics that one webhook may be of: each has a queue, and would handle it."""
    if one.routing_key == other.routing_key:
        if one == other:
            raise BadOption(f"{one} is named twice")
        raise BadOption(f"a topic is named twice: {one} and {other}")
    if one.meets(other):
        raise BadOption(
            f"{one} and {other} overlap, and what both match would be handled twice; "
            "keep the wider one"
        )


def check_concurrency(concurrency: object) -> None:
    """Raise BadOption where it is no number of webhooks that the broker can be asked for."""
    if not _is_whole(concurrency) or not 1 <= concurrency <= MAX_CONCURRENCY:  # type: ignore[operator]
        raise BadOption(
            f"concurrency is a whole number from 1 to {MAX_CONCURRENCY}, "
            f"and not {concurrency!r:.80}"
        )


def check_timeout(timeout: object) -> None:
    """Raise BadOption where it is no time that an attempt may take."""
    if not 0 < _seconds(timeout) < math.inf:
        raise BadOption(
            f"timeout is a number of seconds above 0, such as 30, and not {timeout!r:.80}"
        )


def check_max_age(max_age: object) -> None:
    """Raise BadOption where it is no time for which a webhook is worth an attempt."""
    if max_age is not None and not 0 < _seconds(max_age) < math.inf:
        raise BadOption(
            "max_age is the number of seconds, above 0, after which a webhook is worth no attempt "
            f"any more, such as 3600, or None for no such time, and not {max_age!r:.80}"
        )


def check_retry(retry: object) -> None:
    """Raise BadOption where it is no retry policy; what a policy is made of it checks itself."""
    if retry is None or isinstance(retry, RetryPolicy):
        return
    match retry:
        case wait_base():
            meant = "RetryPolicy(wait=…), with this in it"
        case stop_base():
            meant = "RetryPolicy(stop=…), with this in it"
        case retry_base() | type():
            meant = "RetryPolicy(retry=…), with tenacity's retry_if_exception_type(…) in it"
        case BaseRetrying():
            meant = "RetryPolicy(wait=…, stop=…, retry=…), with what is in this"
        case int() if _is_whole(retry):
            meant = (
                f"RetryPolicy(stop=stop_after_attempt({retry})), with the strategy of tenacity's"
            )
        case _:
            meant = "a RetryPolicy(wait=…, stop=…, retry=…) of tenacity's strategies"
    raise BadOption(f"retry={retry!r:.80}: give {meant}; leave it out for the default")


def check_replay(replay: object) -> None:
    """Raise BadOption where it says nothing of replaying that we understand."""
    if replay not in (None, "safe", "never"):
        raise BadOption(
            'replay is "safe" where to run again for one webhook does no harm, "never" where '
            f"it does, and not {replay!r:.80}"
        )


def check_breaker(breaker: object) -> None:
    """Raise BadOption where it is no breaker; what one is made of it checks itself."""
    if breaker is None or isinstance(breaker, Breaker):
        return
    raise BadOption(
        f"breaker={breaker!r:.80}: give a Breaker(attempts=20, within=60, share=0.9), "
        "or None for none; leave it out for the default"
    )


def check_once(once: object) -> None:
    """Raise BadOption where it is no Once; what one is made of it checks itself."""
    if once is None or isinstance(once, Once):
        return
    raise BadOption(
        f"once is Once(store, window=…), and no {type(once).__name__}; leave it out for a handler "
        "that may run twice"
    )


def check_once_of(once: Once | None, *, is_async: bool) -> None:
    """Raise BadOption where a handler cannot make the claims that it is to make."""
    if once is not None and once.is_in_transaction and not is_async:
        raise BadOption(
            "a claim in its transaction takes `async with delivery.once(connection):`, "
            "which only an async def can say"
        )


def _seconds(value: object) -> float:
    """Return a number as seconds; NaN for what is none."""
    if not isinstance(value, float) and not _is_whole(value):
        return math.nan
    try:
        return float(value)  # type: ignore[arg-type]
    except OverflowError:
        return math.inf


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_CHECKS: Mapping[str, Callable[[object], None]] = {
    "concurrency": check_concurrency,
    "timeout": check_timeout,
    "retry": check_retry,
    "max_age": check_max_age,
    "replay": check_replay,
    "breaker": check_breaker,
    "once": check_once,
}

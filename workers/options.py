"""The options of a consumer: what each may be. What cannot work is refused where it is written."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal, TypeAlias

from tenacity import BaseRetrying
from tenacity.retry import retry_base
from tenacity.stop import stop_base
from tenacity.wait import wait_base

from schemas.bucket import BUCKETS, DIVISORS
from schemas.given_names import check_name
from schemas.orders import MAX_CONCURRENCY
from schemas.topic import TopicPattern
from workers.breaker import Breaker
from workers.retry import RetryPolicy

Rerun: TypeAlias = Literal["safe", "never"]
"""What an author says of replaying: it does no harm, or it must not be without `--force`."""


class BadOption(ValueError):
    """An option of a consumer cannot be; the message says how it should be."""


@dataclass(frozen=True, slots=True)
class Options:
    """What an author may say of a consumer besides its topics, as it was written."""

    concurrency: int
    timeout: float
    retry: RetryPolicy | None
    replay: Rerun | None
    breaker: Breaker | None
    partitions: int | None

    def check(self) -> None:
        """Raise BadOption for the first that cannot be."""
        check_concurrency(self.concurrency)
        check_timeout(self.timeout)
        check_retry(self.retry)
        check_replay(self.replay)
        check_breaker(self.breaker)
        check_partitions(self.partitions)


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
    seconds = math.nan
    if isinstance(timeout, float) or _is_whole(timeout):
        try:
            seconds = float(timeout)  # type: ignore[arg-type]
        except OverflowError:
            seconds = math.inf
    if not 0 < seconds < math.inf:
        raise BadOption(
            f"timeout is a number of seconds above 0, such as 30, and not {timeout!r:.80}"
        )


def check_partitions(partitions: object) -> None:
    """Raise BadOption where the buckets of shops cannot be divided into so many."""
    if partitions is None or (_is_whole(partitions) and partitions in DIVISORS):
        return
    which = ", ".join(map(str, DIVISORS[:-1]))
    raise BadOption(
        f"partitions is one of {which} or {DIVISORS[-1]}, as each takes as many of the {BUCKETS} "
        f"buckets of shops, and not {partitions!r:.80}; leave it out for one queue a topic"
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


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)

"""The options of a consumer: what each may be. What cannot work is refused where it is written."""

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias, TypedDict, cast

from tenacity import BaseRetrying
from tenacity.retry import retry_base
from tenacity.stop import stop_base
from tenacity.wait import wait_base

from schemas.bucket import BUCKETS, DIVISORS
from workers.bad_option import BadOption
from workers.breaker import STANDARD, Breaker
from workers.once import Once
from workers.option_numbers import (
    check_concurrency,
    check_max_age,
    check_per_shop,
    check_rate,
    check_timeout,
    is_whole,
)
from workers.order_options import check_on_dead, check_order_of, check_ordered
from workers.retry import RetryPolicy

Rerun: TypeAlias = Literal["safe", "never"]
"""What an author says of replaying: it does no harm, or it must not be without `--force`."""


OnDead: TypeAlias = Literal["continue", "halt"]
"""What an ordered consumer does after a webhook that is dead."""


class Options(TypedDict, total=False):
    """What an author may say of a consumer by keyword. What is left out is as in DEFAULTS."""

    concurrency: int
    """How many webhooks of one queue are handled at once by one worker."""
    timeout: float
    """Seconds that an attempt may take."""
    retry: RetryPolicy | None
    """Which failures are tried again, when and how often; None for the default policy."""
    max_age: float | None
    """Seconds after its receipt a webhook is worth no attempt any more: it is dead, `expired`."""
    rate: str | None
    """How many attempts all workers together make in a time: `10/s`, `60/m`, `5000/h`, `9000/d`."""
    per_shop: int | None
    """How many webhooks of one shop are handled at once."""
    per_shop_rate: str | None
    """How many attempts are made of one shop's webhooks in a time."""
    replay: Rerun | None
    """Whether an operator may have its dead letters handled again."""
    breaker: Breaker | None
    """When a queue is left alone for a while because nearly all fails; None for never."""
    once: Once | None
    """Where it is written down what was handled, so that what comes twice has effect once."""

    partitions: int | None
    """How many queues each topic's is divided into, by shop; at any time one worker has one."""
    ordered: bool
    """Whether one shop's webhooks are handled one after the other, each until it is done or dead.
    """
    on_dead: OnDead
    """What becomes of those that follow a dead one of the same shop: they go on, or halt until an
    operator replays or drops it.
    """


DEFAULTS: Options = {
    "concurrency": 16,
    "timeout": 30.0,
    "retry": None,
    "max_age": None,
    "rate": None,
    "per_shop": None,
    "per_shop_rate": None,
    "replay": None,
    "breaker": STANDARD,
    "once": None,
    "partitions": None,
    "ordered": False,
    "on_dead": "continue",
}


def checked(said: Mapping[str, Any]) -> Options:
    """Return all options, those that are said and the others; raises BadOption."""
    for name, value in said.items():
        check = _CHECKS.get(name)
        if check is None:
            raise BadOption(f"there is no option {name}; there are {', '.join(_CHECKS)}")
        check(value)

    options: dict[str, Any] = {**DEFAULTS, **said}
    check_order_of(options["partitions"], ordered=options["ordered"], said=said)
    return cast("Options", options)


def check_partitions(partitions: object) -> None:
    """Raise BadOption where the buckets of shops cannot be divided into so many."""
    if partitions is None or (is_whole(partitions) and partitions in DIVISORS):
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
        case int() if is_whole(retry):
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


_CHECKS: Mapping[str, Callable[[object], None]] = {
    "concurrency": check_concurrency,
    "timeout": check_timeout,
    "retry": check_retry,
    "max_age": check_max_age,
    "rate": check_rate,
    "per_shop": check_per_shop,
    "per_shop_rate": check_rate,
    "replay": check_replay,
    "breaker": check_breaker,
    "once": check_once,
    "partitions": check_partitions,
    "ordered": check_ordered,
    "on_dead": check_on_dead,
}

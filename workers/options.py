"""The options of a consumer: what each may be. What cannot work is refused where it is written."""

import math
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias, TypedDict, cast

from tenacity import BaseRetrying
from tenacity.retry import retry_base
from tenacity.stop import stop_base
from tenacity.wait import wait_base

from schemas.orders import MAX_CONCURRENCY
from schemas.rate import BadRate, Rate
from workers.breaker import STANDARD, Breaker
from workers.retry import RetryPolicy

Rerun: TypeAlias = Literal["safe", "never"]
"""What an author says of replaying: it does no harm, or it must not be without `--force`."""


class BadOption(ValueError):
    """An option of a consumer cannot be; the message says how it should be."""


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
}


def checked(said: Mapping[str, Any]) -> Options:
    """Return all options, those that are said and the others; raises BadOption."""
    for name, value in said.items():
        check = _CHECKS.get(name)
        if check is None:
            raise BadOption(f"there is no option {name}; there are {', '.join(_CHECKS)}")
        check(value)

    options: dict[str, Any] = {**DEFAULTS, **said}
    return cast("Options", options)


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


def check_rate(rate: object) -> None:
    """Raise BadOption where it is no rate of attempts."""
    if rate is None:
        return
    try:
        Rate.parse(rate)
    except BadRate as error:
        raise BadOption(f"a rate is so many attempts in a time: {error}") from error


def check_per_shop(per_shop: object) -> None:
    """Raise BadOption where it is no number of one shop's webhooks at once."""
    if per_shop is None:
        return
    if not _is_whole(per_shop) or not 1 <= per_shop <= MAX_CONCURRENCY:  # type: ignore[operator]
        raise BadOption(
            "per_shop is how many webhooks of one shop are handled at once, a whole number from 1 "
            f"to {MAX_CONCURRENCY}, or None for no such limit, and not {per_shop!r:.80}"
        )


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
    "rate": check_rate,
    "per_shop": check_per_shop,
    "per_shop_rate": check_rate,
    "replay": check_replay,
    "breaker": check_breaker,
}

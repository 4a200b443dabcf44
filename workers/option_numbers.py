"""Options of a consumer that are numbers, times and rates: what each may be."""

import math

from schemas.limits import MAX_CONCURRENCY
from schemas.rate import BadRate, Rate
from workers.bad_option import BadOption


def check_concurrency(concurrency: object) -> None:
    """Raise BadOption where it is no number of webhooks that the broker can be asked for."""
    if not is_whole(concurrency) or not 1 <= concurrency <= MAX_CONCURRENCY:  # type: ignore[operator]
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
    if not is_whole(per_shop) or not 1 <= per_shop <= MAX_CONCURRENCY:  # type: ignore[operator]
        raise BadOption(
            "per_shop is how many webhooks of one shop are handled at once, a whole number from 1 "
            f"to {MAX_CONCURRENCY}, or None for no such limit, and not {per_shop!r:.80}"
        )


def _seconds(value: object) -> float:
    """Return a number as seconds; NaN for what is none."""
    if not isinstance(value, float) and not is_whole(value):
        return math.nan
    try:
        return float(value)  # type: ignore[arg-type]
    except OverflowError:
        return math.inf


def is_whole(value: object) -> bool:
    """Tell whether it is a whole number; True and False are none."""
    return isinstance(value, int) and not isinstance(value, bool)

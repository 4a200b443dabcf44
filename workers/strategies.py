"""What a retry policy is made of: tenacity's strategies. Says which was meant where not. Pure."""

import inspect
import math
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

import tenacity
from tenacity import RetryCallState
from tenacity.retry import retry_base
from tenacity.stop import stop_base
from tenacity.wait import wait_base

_BASES: dict[str, type] = {"wait": wait_base, "stop": stop_base, "retry": retry_base}
_EXAMPLES = {
    "wait": "wait=wait_exponential(multiplier=5, max=3600)",
    "stop": "stop=stop_after_attempt(12)",
    "retry": "retry=retry_if_exception_type(OSError)",
}
_MEANT: dict[str, tuple[tuple[Any, str], ...]] = {
    "wait": (((int, float, timedelta), "wait=wait_fixed"),),
    "stop": ((int, "stop=stop_after_attempt"), ((float, timedelta), "stop=stop_after_delay")),
    "retry": ((int, "stop=stop_after_attempt"), ((type, tuple), "retry=retry_if_exception_type")),
}
"""What is given in place of a strategy, and the class that makes one of it."""
_CALLERS = (str(Path(tenacity.__file__).parent), __file__)
"""Where a strategy is called: a TypeError from there, and no deeper, is about the call itself."""


class BadPolicy(TypeError):
    """A retry policy is made of what is no strategy; the message says what to write instead."""


def check(part: str, given: object) -> None:
    """Raise BadPolicy where what is given as this part of a policy is no strategy for it.

    A strategy is an object of tenacity's, or a function.
    """
    meant = _meant(part, given)
    if meant:
        raise BadPolicy(
            f"RetryPolicy({part}={given!r:.80}): write {meant}; it takes tenacity's strategies"
        )

    for kind, base in _BASES.items():
        if isinstance(given, base) and kind != part:
            called = type(given).__name__
            raise BadPolicy(f"RetryPolicy({part}={called}(…)): that strategy goes to {kind}=")


def check_result(
    part: str, strategy: Callable[[RetryCallState], Any], state: RetryCallState
) -> None:
    """Try a strategy out, and raise BadPolicy where it can never work.

    What it raises by itself is the author's business: the trial's error is none that they expect.
    """
    try:
        result = strategy(state)
    except TypeError as error:
        if _raised_by_the_call(error.__traceback__):
            raise BadPolicy(f"RetryPolicy({part}=…) fails when it is asked: {error}") from error
        return
    except Exception:  # noqa: BLE001 - as said above
        return

    if inspect.iscoroutine(result):
        result.close()
    if inspect.isawaitable(result):
        raise BadPolicy(
            f"RetryPolicy({part}=…): async strategies are not awaited here; give it a plain one"
        )
    if part == "wait" and not _is_number(result):
        raise BadPolicy(f"RetryPolicy(wait=…) gives {result!r:.80}, which is no number of seconds")
    if part != "wait" and callable(result):
        raise BadPolicy(
            f"RetryPolicy({part}=…) gives {result!r:.80} where yes or no is asked; "
            "give it that itself"
        )


def _meant(part: str, given: object) -> str:
    """Return what to write instead; the empty string for a strategy, whichever it is for."""
    if isinstance(given, type):
        if issubclass(given, tuple(_BASES.values())):
            return f"{part}={given.__name__}(…), an object of the class"
    elif callable(given):
        return ""

    for types, write in _MEANT[part]:
        if isinstance(given, types) and not isinstance(given, bool):
            return f"{write}({_shown(given)})"
    return _EXAMPLES[part]


def _shown(given: object) -> str:
    if isinstance(given, tuple):
        parts = ", ".join(map(_shown, given))
        return f"({parts})"
    if isinstance(given, type):
        return given.__name__
    return repr(given)


def _raised_by_the_call(trace: TracebackType | None) -> bool:
    """Tell whether the innermost frame is the caller's: then the strategy never ran."""
    if trace is None:
        return False

    while trace.tb_next is not None:
        trace = trace.tb_next
    innermost = trace.tb_frame.f_code.co_filename
    return innermost.startswith(_CALLERS)


def _is_number(value: Any) -> bool:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return False
    return not math.isnan(number)

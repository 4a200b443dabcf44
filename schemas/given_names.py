"""Names that people give: to apps and consumers. What is made of them is in `names`. Pure."""

import re

MAX_NAME = 60
"""Characters of an app's or a consumer's name."""

_NAME = re.compile(r"[a-z][a-z0-9_-]*")
RESERVED = frozenset(
    {
        "webhooks",
        "unrouted",
        "retry",
        "return",
        "dead",
        "canary",
        "control",
        "pulse",
        "journal",
        "in",
        "tap",
    }
)
"""Words of Hookline's own: no consumer is called by one, so no two names can meet."""


class BadName(ValueError):
    """The name cannot be one of an app or a consumer; the message says why."""


def check_name(kind: str, name: str) -> str:
    """Return the name of an app or a consumer, or raise BadName."""
    is_short = len(name) <= MAX_NAME
    if not is_short or not is_name(name):
        shown = name[:MAX_NAME]
        advice = f"use at most {MAX_NAME} of a-z 0-9 _ -, a letter first"
        raise BadName(f"{kind} name {shown!r}: {advice}")

    if kind == "consumer" and name in RESERVED:
        raise BadName(f"consumer name {name!r} is taken by Hookline itself; choose another")
    return name


def is_name(text: str) -> bool:
    """Tell whether an app or a consumer may be called so, but for its length."""
    return _NAME.fullmatch(text) is not None

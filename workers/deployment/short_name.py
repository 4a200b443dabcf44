"""Names that Kubernetes takes, made of ours: consumers may hold `_`, and be long."""

import re
from hashlib import sha256

MAX_NAME = 54
"""Characters. KEDA puts `keda-hpa-` before a ScaledObject's name, and refuses what is over 63."""
MARK = 8
"""Hex digits of the hash."""

_PLAIN = re.compile(r"[a-z0-9]+(\.[a-z0-9]+)*")
_NOT_TAKEN = re.compile(r"[^a-z0-9]+")


def short_name(name: str) -> str:
    """Return the name with dashes: `spiffy.erp.orders.create` is `spiffy-erp-orders-create`.

    Where it is too long, or another name would become the same, a piece of its hash ends it. The
    name begins with a letter, as every app's does.
    """
    dashed = _NOT_TAKEN.sub("-", name)
    if _PLAIN.fullmatch(name) and len(dashed) <= MAX_NAME:
        return dashed

    return marked(dashed, name, MAX_NAME)


def marked(shown: str, name: str, longest: int) -> str:
    """Return what is shown of a name, with a piece of the name's hash behind it; not over `longest`
    characters.
    """
    mark = sha256(name.encode()).hexdigest()[:MARK]
    room = longest - MARK - 1
    beginning = shown[:room].rstrip(".-")
    return f"{beginning}-{mark}"

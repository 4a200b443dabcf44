"""Secrets that others may guess, or that are not what the platform has. Pure.

No finding shows a secret, nor how long it is beyond that it is short.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping

from ingress.registration import App
from runtime.finding import Finding

SHORTEST = 16
"""Bytes. Shorter ones can be guessed from one signed body, by whoever has seen it."""
FEWEST_DIFFERENT = 8
"""Bytes that differ. Chance gives 32 hex digits fewer about once in 100,000 times."""

NEW = "have the platform make a new one, of 32 random bytes (`openssl rand -hex 32`)"
_QUOTES = ('"', "'", "`")
_AGAIN = re.compile(rb"(.{1,64}?)\1+", re.DOTALL)


def findings_of_secrets(apps: Mapping[str, App]) -> Iterator[Finding]:
    """Yield what is wrong with the secrets: each by itself, then those that two apps share."""
    for app in apps.values():
        for name, secret in app.secrets.items():
            yield from _of_one(f"app {app.name}: the secret {name}", secret)
    yield from _shared(apps)


def _of_one(called: str, secret: bytes) -> Iterator[Finding]:
    for is_so, told, way_out in _FAULTS:
        if is_so(secret):
            sentence = f"{called} {told}"
            yield Finding(sentence, way_out)


def _shared(apps: Mapping[str, App]) -> Iterator[Finding]:
    owners: defaultdict[bytes, list[str]] = defaultdict(list)
    for app in apps.values():
        for name, secret in app.secrets.items():
            owners[secret].append(f"{name} of {app.name}")

    for named in owners.values():
        if len(named) > 1:
            together = " and ".join(named)
            yield Finding(
                f"the secrets {together} are the same",
                "give each app its own: who can sign for one signs for the other too",
            )


def _is_short(secret: bytes) -> bool:
    return len(secret) < SHORTEST


def _is_monotonous(secret: bytes) -> bool:
    is_long = not _is_short(secret)
    return is_long and len(set(secret)) < FEWEST_DIFFERENT


def _repeats_itself(secret: bytes) -> bool:
    is_long = not _is_short(secret)
    return is_long and _AGAIN.fullmatch(secret) is not None


def _is_quoted(secret: bytes) -> bool:
    text = _text(secret)
    return text.startswith(_QUOTES) or text.endswith(_QUOTES)


def _has_blanks(secret: bytes) -> bool:
    """Tell whether there is anything in it that nobody sees: blanks, line ends, no-width marks."""
    text = _text(secret)
    if not text.isprintable():
        return True
    pieces = text.split()
    return len(pieces) > 1


def _text(secret: bytes) -> str:
    return secret.decode(errors="replace")


_FAULTS: tuple[tuple[Callable[[bytes], bool], str, str], ...] = (
    (_is_short, f"is shorter than {SHORTEST} bytes, and so can be guessed", NEW),
    (_is_monotonous, "has few bytes that differ, and so can be guessed", NEW),
    (_repeats_itself, "says the same again and again", f"{NEW}; or was it pasted twice?"),
    (
        _is_quoted,
        "begins or ends with a quote, which counts as part of it",
        "leave it out, unless the platform's has it too",
    ),
    (
        _has_blanks,
        "has blanks or something that cannot be seen in it",
        "copy it anew, unless the platform's has it too",
    ),
)

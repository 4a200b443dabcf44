"""Bodies to try things with: the sample of a topic, with some of its fields changed. Pure."""

import json
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

import orjson

from runtime.settings import SettingsError

SHOP = "test-shop.spiffystores.com"
"""Who fires a sample, where nobody says."""
HERE = "http://127.0.0.1:8080"
"""Where an ingress of one's own listens."""


def sampled(topic: str, changes: Iterable[str]) -> bytes:
    """Return the body of a topic's sample, changed as `currency=NZD` says.

    Raises SettingsError for a topic without a sample, and a change that does not fit.
    """
    # All models take a quarter of a second to import: for who asks for a sample alone.
    from schemas.samples import sample

    try:
        body = sample(topic)
    except LookupError as error:
        raise SettingsError(f"--sample {topic!r:.80}: {_meant(topic)}") from error

    for change in changes:
        _change(body, change)
    return orjson.dumps(body)


def _meant(topic: str) -> str:
    """Say which topics may be meant."""
    from schemas.payloads import PAYLOADS

    near = get_close_matches(topic, PAYLOADS, n=3) or sorted(PAYLOADS)
    return f"there is no such sample; there are {', '.join(near)}"


def _change(body: dict[str, Any], change: str) -> None:
    """Set a field, which is found by the names and numbers on the way to it."""
    path, is_change, value = change.partition("=")
    if not is_change or not path:
        raise SettingsError(f"--set {change!r:.80}: write FIELD=VALUE, such as currency=NZD")

    *way, last = path.split(".")
    held: Any = body
    for word in way:
        held = _within(held, word, path)

    if isinstance(held, dict):
        held[last] = _meant_by(value, held.get(last))
    else:
        before = _within(held, last, path)
        held[int(last)] = _meant_by(value, before)
    _check_written(held, path)


def _check_written(held: Any, path: str) -> None:
    """Raise SettingsError for what is sent by nobody: half a letter, a number of 20 digits."""
    try:
        orjson.dumps(held)
    except TypeError as error:
        raise SettingsError(f"--set {path!r:.80}: it cannot be sent: {error}") from error


def _within(held: Any, word: str, path: str) -> Any:
    """Return what is held under a name, or at a number."""
    try:
        if isinstance(held, list):
            return held[int(word)]
        return held[word]
    except (LookupError, TypeError, ValueError) as error:
        raise SettingsError(f"--set {path}: there is no {word!r:.80} in the sample") from error


def _meant_by(value: str, before: Any) -> Any:
    """Return what a value is: text where text stands, else what JSON makes of it, or text."""
    if isinstance(before, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value

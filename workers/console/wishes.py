"""What an operator fills in to have letters moved, as it is understood. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schemas.control import What
from schemas.printable import printable
from workers import durations
from workers.console.filter_box import Boxed, read_box
from workers.durations import BadDuration
from workers.operate.limits import MAX_RATE, RAMP_WAIT, RATE
from workers.option_readers import MAX_NAME


@dataclass(frozen=True, slots=True)
class Verb:
    """Something that can be done to letters, and how it is told."""

    name: str
    what: What
    of: tuple[str, ...]
    """Which letters it can be done to."""
    title: str
    explained: str
    command: tuple[str, ...]


VERBS: Mapping[str, Verb] = {
    "replay": Verb(
        "replay",
        What.REPLAYED,
        ("dead", "unrouted"),
        "Replay",
        "They go back to the queues of their consumers, and are handled anew.",
        ("dead-letters", "replay"),
    ),
    "drop": Verb(
        "drop",
        What.DROPPED,
        ("dead", "unrouted"),
        "Drop",
        "They are taken away, into a file on the host of the console: "
        "`hookline-workers dead-letters import` brings them back.",
        ("dead-letters", "drop"),
    ),
    "now": Verb(
        "now",
        What.HURRIED,
        ("waiting",),
        "Try now",
        "They are tried at once, the same attempt, instead of when they are due.",
        ("waiting", "now"),
    ),
    "cancel": Verb(
        "cancel",
        What.CANCELLED,
        ("waiting",),
        "Give up",
        "They become dead letters, reason cancelled, and can be replayed.",
        ("waiting", "cancel"),
    ),
}


MOST_DIGITS = 18


class BadWish(ValueError):
    """Something that was filled in cannot be meant; the message says what."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be done to which letters, and how."""

    verb: Verb
    of: str
    box: Boxed
    rate: float = RATE
    ramp_wait: float | None = None
    name: str = ""
    limit: int | None = None
    force: bool = False
    again: bool = False
    for_good: bool = False
    means_all: bool = False

    def check(self) -> None:
        """Raise BadWish where nobody has said which letters, or not in a way that we read."""
        if self.box.problem:
            raise BadWish(self.box.problem)
        if self.box.filter.is_empty and not self.means_all:
            raise BadWish("No filter is given: tick that really all of them are meant.")

    def described(self) -> dict[str, str]:
        """Return which letters are meant, for people."""
        return self.box.filter.described()


def wish_of(verb: Verb, form: Mapping[str, Any], now_ms: int) -> Wish:
    """Return what was filled in; raises BadWish.

    Times such as `since:2h` count from when the dialog was opened: what it told is what is done.
    """
    of = _text(form, "of") or verb.of[0]
    if of not in verb.of:
        raise BadWish(f"{verb.title} is not for what is {of}.")

    at_ms = opened_at(form, now_ms)
    return Wish(
        verb=verb,
        of=of,
        box=read_box(_text(form, "q"), at_ms),
        rate=rate_of(form),
        ramp_wait=_ramp(form),
        name=short_name_of(form),
        limit=_limit(_text(form, "limit")),
        force="force" in form,
        again="again" in form,
        for_good="for_good" in form,
        means_all="all" in form,
    )


def _text(form: Mapping[str, Any], name: str) -> str:
    value = form.get(name, "")
    if not isinstance(value, str):
        return ""
    return value.strip()


def opened_at(form: Mapping[str, Any], now_ms: int) -> int:
    """Return when the dialog was opened, in milliseconds since 1970: never later than now."""
    opened = number_of(form, "at")
    return now_ms if opened is None else min(opened, now_ms)


def number_of(form: Mapping[str, Any], name: str) -> int | None:
    """Return what a dialog has noted in its form; None where that is no number."""
    text = _text(form, name)
    if not text.isdecimal() or len(text) > MOST_DIGITS:
        return None
    return int(text)


def rate_of(form: Mapping[str, Any]) -> float:
    """Return how many a second; raises BadWish."""
    text = _text(form, "rate")
    if not text:
        return RATE
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0 < rate <= MAX_RATE:
        raise BadWish(f"Rate: a number of letters a second, above 0 and up to {MAX_RATE}.")
    return rate


def _ramp(form: Mapping[str, Any]) -> float | None:
    if "ramp" not in form:
        return None
    written = _text(form, "ramp_wait")
    if not written:
        return float(RAMP_WAIT)
    try:
        return float(durations.duration(written))
    except BadDuration as error:
        raise BadWish(f"Ramp: {error}.") from None


def short_name_of(form: Mapping[str, Any]) -> str:
    """Return the name that was given; raises BadWish."""
    text = _text(form, "name")
    if len(text) > MAX_NAME or printable(text) != text:
        raise BadWish(f"Name: {MAX_NAME} printable characters at most.")
    return text


def _limit(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or len(text) > MOST_DIGITS or not int(text):
        raise BadWish("At most: a number from 1 on.")
    return int(text)

"""What has become of a webhook so far, as its headers tell: attempts, deaths, replays. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from schemas import headers as webhook_headers
from workers.letter import WAITING, Letter
from workers.letter_rows import shown_time


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened; `at` is empty where nobody has written down when."""

    at: str
    what: str
    detail: str = ""
    mark: str = ""


def story(letter: Letter, headers: Mapping[str, Any]) -> tuple[Step, ...]:
    """Return what happened, the first first."""
    return tuple(_steps(letter, headers))


def _steps(letter: Letter, headers: Mapping[str, Any]) -> Iterator[Step]:
    received = webhook_headers.number(headers, webhook_headers.RECEIVED)
    secret = webhook_headers.text(headers, webhook_headers.SECRET)
    proof = f"signed with the secret {secret}" if secret else ""
    yield Step(shown_time(received), "received", proof)

    if letter.work is None:
        yield Step("", "unrouted", letter.error)
        return

    is_again = letter.replays and letter.first_died_ms
    if is_again and letter.first_died_ms != letter.at_ms:
        yield Step(shown_time(letter.first_died_ms), "died for the first time", mark="dead")
    if letter.replays:
        times = "once" if letter.replays == 1 else f"{letter.replays} times"
        name = f", the last time as {letter.replay}" if letter.replay else ""
        yield Step(shown_time(letter.replayed_ms), "replayed", f"{times}{name}", "replayed")
    yield from _attempts(letter, headers)


def _attempts(letter: Letter, headers: Mapping[str, Any]) -> Iterator[Step]:
    first = webhook_headers.number(headers, webhook_headers.FIRST)
    is_waiting = letter.reason == WAITING
    made = letter.attempt - 1 if is_waiting else letter.attempt
    if made > 1:
        yield Step(shown_time(first), "attempt 1", "failed", "failed")
    if made > 2:  # noqa: PLR2004 - those between the first and the last
        between = f"attempts 2 to {made - 1}" if made > 3 else "attempt 2"  # noqa: PLR2004
        yield Step("", between, "failed; the last attempt's error alone is kept", "failed")
    if made:
        yield Step("", f"attempt {made}", letter.error, "failed")

    if is_waiting:
        yield Step(shown_time(letter.at_ms), "waits", f"for attempt {letter.attempt}", "waiting")
        yield Step(shown_time(letter.due_ms), "due", "", "waiting")
        return
    worker = webhook_headers.text(headers, webhook_headers.WORKER)
    where = f"on {worker}" if worker else ""
    yield Step(shown_time(letter.at_ms), f"dead: {letter.reason}", where, "dead")

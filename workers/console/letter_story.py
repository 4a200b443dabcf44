"""What has become of a webhook so far, as its headers tell: attempts, deaths, replays. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from schemas import headers as webhook_headers
from workers.letter import WAITING, Letter
from workers.letter_rows import shown_time

FAILED = "failed"
KEPT = "failed; the last attempt's error alone is kept"


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened; `at` is empty where nobody has written down when."""

    at: str
    what: str
    detail: str = ""
    mark: str = ""


def story(letter: Letter, headers: Mapping[str, Any]) -> tuple[Step, ...]:
    """Return what happened, the first first."""
    steps = [_receipt(headers)]
    if letter.work is None:
        steps.append(Step("", "unrouted", letter.error))
        return tuple(steps)

    steps += _replays(letter)
    steps += _attempts(letter, headers)
    steps += _ends(letter, headers)
    return tuple(steps)


def _receipt(headers: Mapping[str, Any]) -> Step:
    received = webhook_headers.number(headers, webhook_headers.RECEIVED)
    secret = webhook_headers.text(headers, webhook_headers.SECRET)
    proof = ""
    if secret:
        proof = f"signed with the secret {secret}"
    return Step(shown_time(received), "received", proof)


def _replays(letter: Letter) -> Iterator[Step]:
    if not letter.replays:
        return

    first = letter.first_died_ms
    if first not in (0, letter.at_ms):
        yield Step(shown_time(first), "died for the first time", mark="dead")

    told = f"{letter.replays} times"
    if letter.replays == 1:
        told = "once"
    if letter.replay:
        told = f"{told}, the last time as {letter.replay}"
    yield Step(shown_time(letter.replayed_ms), "replayed", told, "replayed")


def _attempts(letter: Letter, headers: Mapping[str, Any]) -> Iterator[Step]:
    made = letter.attempt
    if letter.reason == WAITING:
        made -= 1

    first = webhook_headers.number(headers, webhook_headers.FIRST)
    match made:
        case 0:
            return
        case 1:
            pass
        case 2:
            yield Step(shown_time(first), "attempt 1", FAILED, FAILED)
        case 3:
            yield Step(shown_time(first), "attempt 1", FAILED, FAILED)
            yield Step("", "attempt 2", KEPT, FAILED)
        case _:
            yield Step(shown_time(first), "attempt 1", FAILED, FAILED)
            yield Step("", f"attempts 2 to {made - 1}", KEPT, FAILED)
    yield Step("", f"attempt {made}", letter.error, FAILED)


def _ends(letter: Letter, headers: Mapping[str, Any]) -> Iterator[Step]:
    at = shown_time(letter.at_ms)
    if letter.reason == WAITING:
        due = shown_time(letter.due_ms)
        yield Step(at, "waits", f"for attempt {letter.attempt}", "waiting")
        yield Step(due, "due", mark="waiting")
        return

    worker = webhook_headers.text(headers, webhook_headers.WORKER)
    where = ""
    if worker:
        where = f"on {worker}"
    yield Step(at, f"dead: {letter.reason}", where, "dead")

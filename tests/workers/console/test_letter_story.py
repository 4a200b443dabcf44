"""What has become of a webhook, told by its letter."""

from typing import Any

from tests.workers.letters import letter, properties, unrouted, waiting
from workers.console.letter_story import story
from workers.letter import Letter

AT = 1_764_000_000_000


def told(one: Letter, **headers: Any) -> list[str]:
    """Return what the story says, without its times."""
    steps = story(one, properties(**headers).headers)
    return [f"{step.what}: {step.detail}".strip(": ") for step in steps]


def test_each_attempt_is_told_up_to_the_death() -> None:
    headers: dict[str, Any] = {
        "webhook_attempt": 5,
        "webhook_error": "KeyError: 'tax'",
        "webhook_reason": "exhausted",
        "webhook_died_ms": AT,
        "webhook_worker": "vm:7",
        "webhook_secret": "current",
    }
    assert [
        "received: signed with the secret current",
        "attempt 1: failed",
        "attempts 2 to 4: failed; the last attempt's error alone is kept",
        "attempt 5: KeyError: 'tax'",
        "dead: exhausted: on vm:7",
    ] == told(letter(**headers), **headers)


def test_a_letter_that_was_replayed_tells_of_its_first_death() -> None:
    headers: dict[str, Any] = {
        "webhook_attempt": 1,
        "webhook_reason": "rejected",
        "webhook_error": "no",
        "webhook_died_ms": AT,
        "webhook_first_died_ms": AT - 5,
        "webhook_replays": 2,
        "webhook_replay": "INC-1",
    }
    assert [
        "received",
        "died for the first time",
        "replayed: 2 times, the last time as INC-1",
        "attempt 1: no",
        "dead: rejected",
    ] == told(letter(**headers), **headers)


def test_what_waits_tells_for_which_attempt_and_what_is_unrouted_why() -> None:
    headers: dict[str, Any] = {
        "webhook_attempt": 2,
        "webhook_error": "busy",
        "webhook_waiting_ms": AT,
    }
    assert ["received", "attempt 1: busy", "waits: for attempt 2", "due"] == told(
        waiting(**headers), **headers
    )
    assert ["received", "unrouted: no consumer has a queue for its topic"] == told(unrouted())

"""The demo's timeline."""

from pathlib import Path
from typing import Any

import pytest

from deploy.demo import Story
from deploy.stack import Stack

ACCEPTED = {"event": "webhook.accepted", "at": 1.0}
DONE = {"event": "delivery.done", "at": 1.1, "attempt": 1, "consumer": "carts", "id": "a"}
DEAD = {"event": "delivery.dead", "at": 1.1, "reason": "rejected", "error": "no"}


def printed(text: str) -> dict[str, Any]:
    """Return what a handler printed, as an event."""
    return {"event": "printed", "at": 1.05, "text": text}


@pytest.mark.parametrize(
    ("ends", "events"),
    [
        ("delivery.done", [ACCEPTED, DONE, printed("cart")]),
        ("delivery.done", [printed("cart"), DONE, ACCEPTED]),
        ("delivery.done", [DONE, ACCEPTED, printed("cart")]),
        ("delivery.dead", [DEAD, ACCEPTED]),
    ],
)
def test_a_story_shows_all_that_is_its_own_whatever_comes_first(
    ends: str,
    events: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    running = Stack({})
    monkeypatch.setattr(Stack, "run", lambda *arguments: (0, "200"))
    for event in [*events, printed("of the next story")]:
        running.events.put(event)
    told = Story(running, Path()).tell("A cart", "carts/create", Path("cart.json"), 200, ends)
    shown = capsys.readouterr().out
    assert ends == told["event"]
    assert len(events) == shown.count(" s  ")
    assert "next story" not in shown
    assert "of the next story" == running.events.get_nowait()["text"]

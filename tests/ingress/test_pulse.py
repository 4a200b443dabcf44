"""What an ingress says of one of its apps."""

import asyncio
from typing import Any, cast

import pytest

from ingress import pulse, telemetry
from ingress.pulse import DoorPulse, Pulses
from ingress.telemetry import CONFIRM_SECONDS, OTHER, REFUSED, accepted
from runtime.this_process import PROCESS
from schemas.pulse import ProcessKind, SecretBeat
from schemas.pulse_records import decode


def test_an_apps_own_counts_are_told_over_all_topics_and_secrets() -> None:
    door = DoorPulse("counted")
    for _ in range(3):
        accepted("counted", "orders/create", "new").note(0)
    accepted("counted", "carts/update", "old").note(0)
    accepted("another", "orders/create", "new").note(0)
    REFUSED.labels("counted", "bad_body").inc(2)
    REFUSED.labels("", "not_found").inc()
    beat = door.look(1_000)
    assert (4, 2) == (beat.accepted, beat.refused)


def test_a_topic_is_told_with_when_it_was_last_accepted() -> None:
    door = DoorPulse("topics")
    accepted("topics", "orders/create", "new").note(0)
    accepted("topics", "orders/paid", "new").note(0)
    assert {"orders/create": 1, "orders/paid": 1} == door.look(1).topics
    accepted("topics", "orders/create", "old").note(0)
    accepted("topics", OTHER, "old").note(0)
    assert {"orders/create": 2, "orders/paid": 1} == door.look(2).topics


def test_so_many_topics_are_told_and_no_more_those_that_came_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pulse, "TOPICS", 3)
    monkeypatch.setattr(telemetry, "_TOPICS", set())
    telemetry.accepted.cache_clear()
    door = DoorPulse("many")
    for number in range(4):
        accepted("many", f"orders/e{number}", "new").note(0)
        door.look(number)
    accepted("many", "orders/e1", "new").note(0)
    assert {"orders/e2": 2, "orders/e3": 3, "orders/e1": 9} == door.look(9).topics


def test_confirms_of_the_last_minute_are_told() -> None:
    door = DoorPulse("confirms")
    CONFIRM_SECONDS.observe(0.7)
    assert 500 < door.look(1).confirm_p99_ms <= 750
    for at in range(2, 14):
        beat = door.look(at)
    assert 0 == beat.confirm_p99_ms


async def test_a_beat_names_the_process() -> None:
    beat = decode(await DoorPulse("named").beat())
    assert beat is not None
    assert (PROCESS, ProcessKind.INGRESS) == (beat.process, beat.role)
    assert beat.door is not None


def test_each_secret_is_told_with_its_count_its_last_use_and_since_when_it_is_here() -> None:
    door = DoorPulse("secretive")
    telemetry.note_secrets("secretive", ["new", "old"], 5_000)
    for received_ms in (6_000, 7_000):
        accepted("secretive", "orders/create", "new").note(received_ms)
    telemetry.note_secrets("secretive", ["new", "newer"], 8_000)
    assert {"new": SecretBeat(2, 7_000, 5_000), "newer": SecretBeat(0, 0, 8_000)} == door.look(
        9_000
    ).secrets


async def test_pulses_begin_and_end_with_the_apps_that_are_served(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keeping: set[str] = set()

    class FakePulse:
        """Says of whom it is kept."""

        def __init__(self, app: str, *_: Any, **__: Any) -> None:
            self.app = app

        async def keep(self, _: Any) -> None:
            """Be kept until cancelled."""
            keeping.add(self.app)
            try:
                await asyncio.Future()
            finally:
                keeping.remove(self.app)

    async def kept(*apps: str) -> None:
        while keeping != {*apps}:
            await asyncio.sleep(0.001)

    monkeypatch.setattr(pulse, "Pulse", FakePulse)
    pulses = Pulses(["one", "two"], 1.0, declares=True)
    task = asyncio.create_task(pulses.keep(cast("Any", None)))
    async with asyncio.timeout(5):
        await kept("one", "two")
        pulses.serve(["two", "three"])
        await kept("two", "three")
        task.cancel()
        await kept()

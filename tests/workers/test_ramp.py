"""A ramp's steps: how large each is, and where it ends."""

import asyncio
from collections.abc import AsyncGenerator
from itertools import islice
from typing import Any, cast

import pytest

from runtime.amqp.channels import KeptChannel
from tests.workers.letters import ONE_TOPIC, letter
from workers.broker import whole_look
from workers.broker.standing import Standing
from workers.letter import Letter, Source
from workers.operate import ramp as module
from workers.operate.moving import Moved, Moving
from workers.operate.ramp import Ramp, steps

PLACES = (Source.dead(ONE_TOPIC),)
REPLAYED: dict[str, Any] = {"webhook_replay": "INC-1"}


def test_each_step_is_larger_than_the_last() -> None:
    assert [1, 2, 5, 20, 100, 500, 2_500] == list(islice(steps(), 7))


class FakeMoving:
    """Moves so many letters; `sizes` tells in which steps."""

    def __init__(self, letters: int) -> None:
        self.count = 0
        self.gone = 0
        self.problem = ""
        self.sizes: list[int] = []
        self._letters = letters

    async def begin(self, _: Any) -> None:
        """Have nothing to note."""

    async def joined(self) -> int:
        """Tell of none."""
        return 0

    def most(self, _: int | None) -> int:
        """Tell how many there are."""
        return self._letters

    async def some(self, most: int) -> AsyncGenerator[Letter, None]:
        """Move some."""
        self.sizes.append(most)
        for _ in range(min(most, self._letters - self.count)):
            self.count += 1
            yield letter()


async def climbed(
    monkeypatch: pytest.MonkeyPatch,
    moving: FakeMoving,
    dead: list[Letter],
    limit: int | None = None,
    held_for: int = 0,
) -> Moved:
    """Climb, while these letters lie dead; another look holds them at the first so many looks."""
    looks = 0

    async def find(*_: Any) -> AsyncGenerator[tuple[Letter, None], None]:
        nonlocal looks
        looks += 1
        if looks > held_for:
            for one in dead:
                yield one, None

    async def standing(kept: KeptChannel, *_: Any) -> Standing:
        asked_on.add(kept)
        return Standing(0, 1)

    asked_on = set[KeptChannel]()

    async def standing_of_dead(*_: Any) -> Standing:
        if looks < held_for:
            return Standing(0, 1)
        return Standing(len(dead), 0)

    monkeypatch.setattr(module, "find", find)
    monkeypatch.setattr(module, "standing_if_allowed", standing)
    monkeypatch.setattr(whole_look, "standing_if_allowed", standing_of_dead)
    monkeypatch.setattr(whole_look, "AGAIN_AFTER", 0.0)
    stop = asyncio.Event()
    ramp = Ramp(cast("Any", None), cast("Moving", moving), PLACES, "INC-1", 0.0, stop, steps())
    moved = await ramp.climb(limit, lambda *_: None)
    assert 1 == len(asked_on), "a channel is not for each step"
    return moved


async def test_it_goes_on_to_the_end_while_none_dies_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moving = FakeMoving(30)
    assert Moved(30) == await climbed(monkeypatch, moving, [letter(), letter()])
    assert [1, 2, 5, 20, 100] == moving.sizes


async def test_it_ends_where_one_dies_again_in_the_same_group(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moving = FakeMoving(30)
    moved = await climbed(monkeypatch, moving, [letter(**REPLAYED)])
    assert (1, [1]) == (moved.count, moving.sizes)
    assert "1 of 1 letters died again in the same group" in moved.problem


async def test_what_another_look_holds_that_died_again_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moving = FakeMoving(30)
    moved = await climbed(monkeypatch, moving, [letter(**REPLAYED)], held_for=3)
    assert (1, [1]) == (moved.count, moving.sizes)
    assert "1 of 1 letters died again in the same group" in moved.problem


async def test_it_ends_where_another_look_hides_for_too_long_what_became_of_a_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(whole_look, "PATIENCE", 0.0)
    moving = FakeMoving(30)
    moved = await climbed(monkeypatch, moving, [], held_for=3)
    assert (1, [1]) == (moved.count, moving.sizes)
    assert "stopped: another look holds letters of app.dead.erp.orders.create" in moved.problem


async def test_it_goes_on_where_what_dies_again_is_of_another_group(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = letter(webhook_reason="rejected", webhook_error="Reject: x", **REPLAYED)
    assert 30 == (await climbed(monkeypatch, FakeMoving(30), [other])).count


@pytest.mark.parametrize(("limit", "sizes"), [(1, [1]), (3, [1, 2]), (10, [1, 2, 5, 2])])
async def test_it_ends_at_the_limit(
    monkeypatch: pytest.MonkeyPatch, limit: int, sizes: list[int]
) -> None:
    moving = FakeMoving(30)
    assert limit == (await climbed(monkeypatch, moving, [], limit)).count
    assert sizes == moving.sizes

"""Room for runs: whoever waits begins once there is a place, and a turn."""

import asyncio
from typing import cast

import pytest

from workers.broker.room import Room
from workers.left_behind import LeftBehind
from workers.turns import Turns


@pytest.fixture
def left() -> LeftBehind:
    """Nothing is left behind."""
    return LeftBehind("erp")


class ComingTurn:
    """A turn that is there when it is looked for it the third time."""

    def __init__(self) -> None:
        self.looks = 0

    @property
    def seconds_left(self) -> float:
        """Tell how long it takes."""
        self.looks += 1
        return 0.5 if self.looks < 3 else 0.0


async def test_a_turn_that_comes_between_two_looks_is_not_missed(left: LeftBehind) -> None:
    """Whether there is a turn is one look, how long it takes is another."""
    turn = ComingTurn()
    room = Room(left, cast("Turns", turn), handlers=1)
    assert room.is_full
    async with asyncio.timeout(10):
        assert await room.wait()
    assert turn.looks > 3


async def test_whoever_finds_no_place_begins_when_there_is_one(left: LeftBehind) -> None:
    room = Room(left, Turns(), handlers=1)
    with room:
        waiting = asyncio.create_task(room.wait())
        await asyncio.sleep(0)
        assert not waiting.done()
    assert await waiting


async def test_whoever_waits_goes_back_where_nothing_may_begin_any_more(left: LeftBehind) -> None:
    room = Room(left, Turns(), handlers=1)
    with room:
        waiting = asyncio.create_task(room.wait())
        await asyncio.sleep(0)
        room.allow(0)
        assert not await waiting

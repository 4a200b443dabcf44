"""No look of the console begins while an operation finds out which letters it is for."""

import asyncio

import pytest

from tests.workers.letters import letter
from workers.console.first_look import FirstLook


async def test_looks_wait_until_the_first_letter_is_told() -> None:
    looking = asyncio.Lock()
    told: list[int | None] = []
    async with FirstLook(looking, lambda _, total: told.append(total)) as tell:
        assert looking.locked()
        tell(letter(), 2)
        assert not looking.locked()
        async with looking:
            tell(letter(), 2)
    assert [2, 2] == told
    assert not looking.locked()


async def test_they_go_on_where_nothing_was_told_or_it_failed() -> None:
    looking = asyncio.Lock()
    async with FirstLook(looking, lambda *_: None):
        pass
    assert not looking.locked()
    with pytest.raises(ConnectionError):
        async with FirstLook(looking, lambda *_: None):
            raise ConnectionError
    assert not looking.locked()

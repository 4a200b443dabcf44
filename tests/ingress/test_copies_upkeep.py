"""Upkeep of what copies of webhooks need."""

import asyncio
from typing import Any, cast

import pytest

from ingress.copies_upkeep import CopiesUpkeep
from schemas.copies import Copies


async def test_what_copies_need_is_declared_again_now_and_then_whatever_comes_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ingress.copies_upkeep.CHECK_EVERY", 0.001)
    made = CopiesUpkeep(Copies(taps=True), declares=True)
    over = asyncio.Event()
    looks = 0

    async def look(_: Any) -> None:
        nonlocal looks
        looks += 1
        if looks == 3:
            over.set()
        raise ConnectionError("lost")

    async def until_over() -> None:
        await over.wait()

    monkeypatch.setattr(made, "look", look)
    watching = asyncio.create_task(until_over())
    async with asyncio.timeout(10):
        await made.keep(watching, cast("Any", None))
    assert 3 == looks

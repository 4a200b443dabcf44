"""What is told of a control log: since when, and without what says nothing new."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest

from workers.broker import control
from workers.operate import history

RECORDS: list[dict[str, Any]] = [
    {"v": 1, "at": 1_000, "by": "ann@desk", "what": "paused"},
    {"v": 1, "at": 1_999, "by": "host:1", "what": "state"},
    {"v": 1, "at": 2_000, "by": "ann@desk", "what": "resumed"},
    {"v": 1, "at": 2_001, "by": "ben@desk", "what": "set"},
]


@pytest.fixture(autouse=True)
def log(monkeypatch: pytest.MonkeyPatch) -> None:
    """A control log with these records."""

    @asynccontextmanager
    async def no_channel(_: Any) -> AsyncIterator[None]:
        yield None

    async def records(_: Any, app: str) -> AsyncIterator[tuple[int, dict[str, Any]]]:
        assert "app" == app
        for offset, record in enumerate(RECORDS):
            yield offset, record

    monkeypatch.setattr(history, "channel_of", no_channel)
    monkeypatch.setattr(control, "records", records)


@pytest.mark.parametrize(
    ("since_ms", "told"),
    [
        (0, ["paused", "resumed", "set"]),
        (2_000, ["resumed", "set"]),
        (2_001, ["set"]),
        (2_002, []),
    ],
)
async def test_what_was_ordered_since_then_is_told_in_its_order_and_no_restatement(
    since_ms: int, told: list[str]
) -> None:
    entries = history.history(cast("Any", None), "app", since_ms)
    assert told == [entry.what async for entry in entries]

"""Where in the journal one begins to look, and where one ends."""

from collections.abc import AsyncGenerator
from typing import Any, cast

import pytest

from schemas.identity import new_id
from schemas.properties import ReceivedProperties
from workers.broker.journal import LATEST, Begin
from workers.broker.journal_copy import Copy, Wanted
from workers.operate import journal
from workers.operate.journal import _beginning, search
from workers.sought import Sought

MS = 1_700_000_000_000
OURS = new_id(MS)


@pytest.mark.parametrize(
    ("sought", "begin"),
    [
        (Sought(), Begin()),
        (Sought(since_ms=MS), Begin(0, MS)),
        (Sought(after=0), Begin(1)),
        (Sought(after=7, since_ms=MS), Begin(8, MS)),
        (Sought(id="the platform's own"), Begin()),
        (Sought(id=new_id(MS)), Begin(0, MS)),
        (Sought(id=new_id(MS), since_ms=MS + 5), Begin(0, MS + 5)),
    ],
)
def test_it_is_the_latest_place_before_which_nothing_can_be_meant(
    sought: Sought, begin: Begin
) -> None:
    assert begin == _beginning(sought)


def test_the_broker_is_asked_a_minute_early_because_clocks_differ() -> None:
    assert "first" == Begin().at
    assert 8 == Begin(8, MS).at
    at = Begin(0, MS).at
    assert not isinstance(at, int | str)
    assert MS / 1000 - 60 == at.timestamp()


@pytest.mark.parametrize("ms", [1, MS, 2**48 - 1])
def test_no_moment_is_too_early_or_too_late_to_be_asked_for(ms: int) -> None:
    at = _beginning(Sought(id=new_id(ms))).at
    assert not isinstance(at, int | str)
    assert 0 <= at.timestamp() <= LATEST


def copies_of(webhook_id: str, *times: int) -> list[Copy]:
    """Return copies with this id, received at these times."""
    copies: list[Copy] = []
    for offset, ms in enumerate(times):
        headers = {"webhook-id": webhook_id, "webhook-received-ms": ms}
        properties = ReceivedProperties(type="orders/create", headers=headers)
        copies.append(Copy(offset, "orders.create.7", properties, 2, b"{}"))
    return copies


@pytest.mark.parametrize(
    ("sought", "received", "most", "found"),
    [
        (Sought(id=OURS), [MS, MS], 1, 1),
        (Sought(id=OURS), [MS + 9, MS + 10], 1, 2),  # the platform's own, of that form
        (Sought(id="w1"), [MS, MS], 0, 2),
        (Sought(limit=3), [MS] * 5, 3, 3),
        (Sought(), [MS] * 5, 0, 5),
    ],
)
async def test_it_ends_with_what_is_the_only_one_or_enough(
    monkeypatch: pytest.MonkeyPatch,
    sought: Sought,
    received: list[int],
    most: int,
    found: int,
) -> None:
    asked: list[Wanted] = []

    async def copies(*given: Any) -> AsyncGenerator[list[Copy], None]:
        asked.append(given[3])
        for copy in copies_of(sought.id or "", *received):
            yield [copy]

    monkeypatch.setattr(journal, "copies", copies)
    kept = [one async for one in search(cast("Any", None), "app", sought)]
    assert (most, found) == (asked[0].most, len(kept))

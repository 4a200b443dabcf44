"""Looking for letters on the broker. Here is said what queues hold."""

from typing import Any, cast

import pytest

from schemas.names import WorkQueue
from tests.workers.queues import Queues
from workers.broker import letters
from workers.broker.letters import find
from workers.dead_letters import Filter
from workers.letter import Source

ERP = WorkQueue("app", "erp", "orders.create")
MAIL = WorkQueue("app", "mail", "orders.create")


@pytest.fixture
def queues(monkeypatch: pytest.MonkeyPatch) -> Queues:
    """Two dead queues."""
    queues = Queues()
    queues.add(ERP.dead, "w1", "w2", "w1")
    queues.add(MAIL.dead, "w3")
    monkeypatch.setattr(letters, "browsing", queues.browsing)
    return queues


async def found(wanted: Filter) -> list[tuple[str, str]]:
    """Return consumer and id of each letter that is found."""
    nowhere = cast("Any", None)
    places = [Source.dead(ERP), Source.dead(MAIL)]
    return [(letter.consumer, letter.id) async for letter, _ in find(nowhere, places, wanted)]


async def test_letters_are_found_queue_by_queue_in_the_order_in_which_they_lie(
    queues: Queues,
) -> None:
    assert [("erp", "w1"), ("erp", "w2"), ("erp", "w1"), ("mail", "w3")] == await found(Filter())


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Filter(id="w1"), ["w1", "w1"]),
        (Filter(id="w1", limit=1), ["w1"]),
        (Filter(limit=2), ["w1", "w2"]),
        (Filter(limit=4), ["w1", "w2", "w1", "w3"]),
        (Filter(id="w4", limit=1), []),
    ],
)
async def test_only_those_that_are_meant_count_towards_the_limit(
    queues: Queues, wanted: Filter, expected: list[str]
) -> None:
    assert expected == [webhook_id for _, webhook_id in await found(wanted)]


async def test_looking_takes_nothing_away(queues: Queues) -> None:
    await found(Filter())
    assert [] == queues.journal

"""Who asks how much lies where, for what, and what the metrics show of it. The broker's answers are
said here.
"""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from prometheus_client import Gauge

from schemas.names import WorkQueue
from tests.workers.fakes import NOW
from workers.broker import depths
from workers.broker.depths import Depths
from workers.broker.standing import MayNotAsk, Standing
from workers.lag import Lag
from workers.telemetry import DEAD_LETTERS, LAG, QUEUE_READY, WAITING

OURS = WorkQueue("app", "erp", "orders.create")
OTHERS = WorkQueue("app", "mail", "orders._any")


class Story:
    """A process that consumes OURS, and a broker."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = NOW / 1000
        self.asked: list[str] = []
        self.lying: dict[str, Standing | Exception] = {}
        self.has_seat = True
        self.intake = SimpleNamespace(queue=OURS, is_full=False, lag=Lag(NOW))

        monkeypatch.setattr(depths, "time", lambda: self.now)
        monkeypatch.setattr(depths, "standing", self._standing)
        known = (OURS, OTHERS)
        self.depths = Depths("app", cast("Any", [self.intake]), lambda: known, cast("Any", None))
        self.depths._seat = cast("Any", SimpleNamespace(is_ours=self._is_ours))

    async def _is_ours(self) -> bool:
        return self.has_seat

    async def _standing(self, _: Any, queue: str) -> Standing | None:
        self.asked.append(queue)
        found = self.lying.get(queue, Standing(0, 1))
        if isinstance(found, Exception):
            raise found
        return found


@pytest.fixture
def story(monkeypatch: pytest.MonkeyPatch) -> Iterator[Story]:
    """A new story; the metrics show nothing of it after."""
    yield Story(monkeypatch)
    for gauge in (LAG, QUEUE_READY, DEAD_LETTERS, WAITING):
        gauge.clear()


def shown(gauge: Gauge) -> dict[str, float]:
    """Return what a gauge shows, by the labels that are not the app."""
    (family,) = gauge.collect()
    return {
        " ".join(value for name, value in sample.labels.items() if name != "app"): sample.value
        for sample in family.samples
    }


async def test_who_has_the_seat_asks_for_every_queue_and_rung_once_and_shows_it(
    story: Story,
) -> None:
    story.lying = {
        OURS.name: Standing(3, 2),
        OTHERS.dead: Standing(4, 0),
        "app.retry.5s": Standing(5, 0),
    }
    await story.depths.look()
    assert {"erp orders/create": 3, "mail orders/*": 0} == shown(QUEUE_READY)
    assert {"erp orders/create": 0, "mail orders/*": 4} == shown(DEAD_LETTERS)
    assert 5 == shown(WAITING)["5s"]
    assert (18, 0) == (len(shown(WAITING)), shown(WAITING)["86400s"])
    assert len(story.asked) == len(set(story.asked)) == 4 + 18


async def test_who_has_no_seat_asks_for_nothing_and_shows_nothing(story: Story) -> None:
    await story.depths.look()
    story.has_seat = False
    story.asked.clear()
    await story.depths.look()
    assert [] == story.asked
    assert {} == shown(QUEUE_READY) | shown(DEAD_LETTERS) | shown(WAITING) | shown(LAG)


async def test_who_has_no_seat_asks_for_a_queue_of_his_that_stands_still(story: Story) -> None:
    story.has_seat = False
    story.intake.is_full = True
    story.intake.lag.taken_ms = NOW - 10_000
    await story.depths.look()
    assert [] == story.asked

    story.lying = {OURS.name: Standing(1, 1)}
    story.intake.lag.taken_ms = NOW - 20_000
    await story.depths.look()
    assert [OURS.name] == story.asked
    assert (NOW, True) == (story.intake.lag.looked_ms, story.intake.lag.found_ready)


async def test_a_queue_that_nobody_consumes_lags_as_long_as_it_has_been_seen_so(
    story: Story,
) -> None:
    story.lying = {OTHERS.name: Standing(1, 0)}
    await story.depths.look()
    story.now += 15
    await story.depths.look()
    assert {"mail orders/*": 15} == shown(LAG)

    story.lying = {OTHERS.name: Standing(1, 1)}
    await story.depths.look()
    assert {} == shown(LAG)  # whoever consumes it says how long


async def test_what_is_not_there_or_not_ours_to_ask_for_is_not_shown_and_not_asked_for_again(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.lying = {OTHERS.dead: MayNotAsk(OTHERS.dead)}
    monkeypatch.setitem(cast("Any", story.lying), OTHERS.name, None)
    await story.depths.look()
    assert {"erp orders/create"} == set(shown(QUEUE_READY)) == set(shown(DEAD_LETTERS))

    story.asked.clear()
    await story.depths.look()
    assert set() == {OTHERS.name, OTHERS.dead} & set(story.asked)

"""When unrouted is searched, how far, and what is told of it. What a search finds is said here."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from runtime.amqp.channels import KeptChannel
from workers.broker import unrouted, unrouted_depth
from workers.broker.adopt import SearchResult
from workers.broker.standing import Standing
from workers.broker.unrouted import NO_LIMIT, SEARCH_LIMIT, UnroutedWatch
from workers.broker.unrouted_depth import UnroutedDepth
from workers.broker.upkeep import QueueUpkeep

QUEUE = "app.erp.orders.create"
LATER = "app.mail.orders.create"


class Enough(Exception):
    """All that the test says was found."""


class FakeUpkeep:
    """What the watch asks of upkeep, written down."""

    app = "app"
    known = frozenset[Any]()

    def __init__(self, journal: list[Any]) -> None:
        self.verify_only = False
        self.declared = asyncio.Event()
        self.declared.set()
        self.search_wanted = asyncio.Event()
        self._journal = journal

    async def now(self) -> None:
        """Note that all is declared first."""
        self._journal.append("declare")


class Story:
    """What searches find, and how many lie there when it is counted in between."""

    def __init__(self) -> None:
        self.journal: list[Any] = []
        self.upkeep = FakeUpkeep(self.journal)
        self.results: list[SearchResult | Exception] = []
        self.lying: int | None = None
        self.counted = 0

    def adoption(self, *_: Any, **__: Any) -> Any:
        """Stand for Adoption."""
        return SimpleNamespace(adopt=self._adopt)

    async def _adopt(self, _: Any, __: Any, limit: int) -> SearchResult:
        self.journal.append(limit)
        if not self.results:
            raise Enough
        result = self.results.pop(0)
        if isinstance(result, Exception):
            raise result
        return result

    async def standing(self, *_: Any) -> Standing | None:
        """Count what lies there."""
        self.counted += 1
        if self.lying is None:
            return None
        return Standing(self.lying, 0)

    async def searched(self, *results: SearchResult | Exception) -> None:
        """Search until all of this was found."""
        self.results = list(results)
        none = cast("Any", None)
        watch = UnroutedWatch(
            cast("QueueUpkeep", self.upkeep), none, none, UnroutedDepth("app", none)
        )
        with pytest.raises(Enough):
            await watch.keep()


@pytest.fixture
def story(monkeypatch: pytest.MonkeyPatch) -> Story:
    """A new story, in which pauses are short."""
    story = Story()

    async def no_channel(_: KeptChannel) -> None:
        """Nothing here looks at it."""

    async def no_pause(error: BaseException) -> None:
        """Go on at once after a failure."""
        story.journal.append(type(error))

    monkeypatch.setattr(KeptChannel, "get", no_channel)
    monkeypatch.setattr(unrouted, "Adoption", story.adoption)
    monkeypatch.setattr(unrouted_depth, "standing", story.standing)
    monkeypatch.setattr(unrouted, "after_failure", no_pause)
    monkeypatch.setattr(unrouted, "PAUSE", 0.0)
    monkeypatch.setattr(unrouted, "PEEK_EVERY", 0.001)
    monkeypatch.setattr(unrouted, "CHECK_EVERY", 0.02)
    return story


async def test_the_first_search_looks_at_all_and_later_ones_at_so_many(story: Story) -> None:
    await story.searched(SearchResult(), SearchResult())
    assert [NO_LIMIT, SEARCH_LIMIT, SEARCH_LIMIT] == story.journal


async def test_a_search_that_is_asked_for_looks_at_all(story: Story) -> None:
    watching = asyncio.create_task(story.searched(SearchResult(), SearchResult()))
    while len(story.journal) < 1:
        await asyncio.sleep(0)
    story.upkeep.search_wanted.set()
    await watching
    assert [NO_LIMIT, NO_LIMIT, SEARCH_LIMIT] == story.journal


async def test_once_a_binding_is_found_made_all_is_searched_again(story: Story) -> None:
    with capture_logs() as events:
        await story.searched(SearchResult(bound={QUEUE}))
    assert [NO_LIMIT, NO_LIMIT] == story.journal
    assert {"event": "binding.made", "queue": QUEUE, "log_level": "info"} in events


async def test_where_more_lies_there_the_bindings_come_before_the_search(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unrouted, "CHECK_EVERY", 3_600.0)
    story.lying = 3
    await story.searched(SearchResult(adopted=1, left=2))
    assert [NO_LIMIT, "declare", SEARCH_LIMIT] == story.journal


@pytest.mark.parametrize("lying", [None, 2], ids=["the queue is gone", "no more lies there"])
async def test_where_no_more_lies_there_the_next_search_is_the_regular_one(
    story: Story, lying: int | None
) -> None:
    story.lying = lying
    await story.searched(SearchResult(adopted=1, left=2))
    assert [NO_LIMIT, SEARCH_LIMIT] == story.journal
    assert story.counted


async def test_after_a_search_in_vain_nobody_counts_until_the_regular_one(story: Story) -> None:
    story.lying = 1_000
    await story.searched(SearchResult(left=2))
    assert [NO_LIMIT, SEARCH_LIMIT] == story.journal
    assert not story.counted


async def test_a_lost_link_only_delays_the_search(story: Story) -> None:
    await story.searched(OSError("the link is gone"))
    assert [NO_LIMIT, OSError, NO_LIMIT] == story.journal


async def test_what_is_adopted_is_told_with_what_is_left(story: Story) -> None:
    with capture_logs() as events:
        await story.searched(SearchResult(adopted=3, left=2))
    assert [("unrouted.adopted", 3, 2)] == [
        (event["event"], event["count"], event["left"]) for event in events
    ]


def missing(events: list[Any]) -> list[str]:
    """Return the queues whose bindings are said to be missing, in the order of the log."""
    return [event["queue"] for event in events if event["event"] == "binding.missing"]


async def test_an_operator_is_told_once_of_each_binding_that_is_missing(story: Story) -> None:
    story.upkeep.verify_only = True
    with capture_logs() as events:
        await story.searched(SearchResult(unbound={QUEUE}), SearchResult(unbound={QUEUE, LATER}))
    assert [QUEUE, LATER] == missing(cast("list[Any]", events))


async def test_what_a_first_search_finds_unreached_may_be_older_than_its_binding(
    story: Story,
) -> None:
    story.upkeep.verify_only = True
    with capture_logs() as events:
        await story.searched(SearchResult(unreached={QUEUE}), SearchResult(unreached={LATER}))
    assert [LATER] == missing(cast("list[Any]", events))


async def test_nobody_is_told_of_bindings_that_we_make_ourselves(story: Story) -> None:
    with capture_logs() as events:
        await story.searched(SearchResult(), SearchResult(unbound={QUEUE}, unreached={LATER}))
    assert [] == missing(cast("list[Any]", events))

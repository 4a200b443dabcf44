"""Taking an ordered partition in: which of its webhooks run, which are held, and where."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from typing import Any, cast

import pytest
from tenacity import stop_after_attempt, wait_fixed

from runtime.lifetime import end_tasks
from schemas.names import WorkQueue
from schemas.properties import ReceivedProperties
from schemas.pulse import QueueState
from schemas.rate import Rate
from tests.workers.fakes import FakeChannel, description
from workers import Delivery, Reject, RetryPolicy, consumer
from workers.broker import in_order as module
from workers.broker.copies import copy_of, steps_of
from workers.broker.in_order import InOrder
from workers.broker.intake import Intake
from workers.broker.telling import Owed, Released
from workers.broker.under_way import UnderWay
from workers.halts import Halt, halt_in, release
from workers.limiter import Limiter
from workers.limits import Limits
from workers.line import Seat
from workers.outcome import Again, Dead, Done

QUEUE = WorkQueue("app", "erp", "orders.create", 3, 8, ordered=True)


class Story:
    """An intake that has read what is held; its handler does what the webhook's id says."""

    def __init__(self, **options: Any) -> None:
        self.began: list[str] = []
        self.settled: list[tuple[int, Owed]] = []
        self.held: list[ReceivedProperties] = []
        """What copies were published with that wait."""
        self.dead: list[ReceivedProperties] = []
        self.go = asyncio.Event()
        self.go.set()
        self.channel = FakeChannel()
        self._copies = 0

        policy = RetryPolicy(wait=wait_fixed(60), stop=stop_after_attempt(9))

        options |= {"partitions": 8, "ordered": True, "concurrency": 2, "retry": policy}

        @consumer("orders/create", **options)
        async def erp(delivery: Delivery[bytes]) -> None:
            name = delivery.webhook.id
            self.began.append(name)
            await self.go.wait()
            if name.startswith("fails") and delivery.attempt == 1:
                raise RuntimeError("nobody home")
            if name.startswith("dies"):
                raise Reject("unknown SKU")

        self.limiter = Limiter(erp)
        in_order = partial(InOrder, mark=_no_mark)
        self.intake = Intake(QUEUE, self._settle, asyncio.Lock(), self.limiter, in_order)
        self.way = cast("InOrder", self.intake._way)
        self.intake.take(is_ours=True)
        self.way.subscription._tag = "given"
        self.way._sequences.is_read = True

    async def _settle(self, run: UnderWay, outcome: Owed) -> Owed | None:
        if not run.is_ours:
            return outcome
        copies = [copy_of(run, step) for step in steps_of(run, outcome)]
        for copy in copies:
            if copy is None:
                continue
            self._copies += 1
            own = dict[str, object](copy.properties.headers)
            made = replace(run.properties, message_id=f"copy {self._copies}", headers=own)
            into = {"app.return": self.held, "app.dead": self.dead}[copy.exchange]
            into.append(made)
        run.ack()
        self.settled.append((run.tag, outcome))
        return None

    async def deliver(self, tag: int, webhook: str, *, again: bool = False, **headers: Any) -> None:
        """Have the partition's broker deliver a webhook."""
        told = description(f"m-{webhook}", webhook, **headers)
        await self.give(tag, told, again=again)

    async def give(self, tag: int, told: ReceivedProperties, *, again: bool = False) -> None:
        """Have the broker deliver."""
        self.intake._receive(self.channel.deliveries, tag, again, told, b"{}")
        await self.rest()

    async def rest(self) -> None:
        """Let happen what may happen now."""
        for _ in range(20):
            await asyncio.sleep(0)

    def places(self) -> list[tuple[str, int, int]]:
        """Return webhook, place and turn of each held copy, in the order of their publishing."""
        names = ("webhook-id", "webhook-held-place", "webhook-held-turn")
        return [tuple(one.headers[name] for name in names) for one in self.held]


async def _no_mark(*_: object) -> None:
    """Publish nothing."""


@pytest.fixture
async def story() -> AsyncIterator[Story]:
    """A new story."""
    made = Story()
    yield made
    made.go.set()
    await made.rest()


async def test_one_of_a_shop_runs_at_a_time_and_others_beside_it(story: Story) -> None:
    story.go.clear()
    await story.deliver(1, "a1")
    await story.deliver(2, "a2")
    await story.deliver(3, "b1", webhook_shop="another")
    assert ["a1", "b1"] == story.began
    story.go.set()
    await story.rest()
    assert ["a1", "b1", "a2"] == story.began
    assert [Done()] * 3 == [outcome for _, outcome in story.settled]


async def test_what_fails_is_held_at_a_place_and_what_follows_it_behind_that(story: Story) -> None:
    for tag, name in enumerate(("fails", "a2", "a3"), start=1):
        await story.deliver(tag, name)
    assert [("fails", 1, 1), ("a2", 2, 1), ("a3", 3, 1)] == story.places()
    assert (["fails"], 3) == (story.began, story.way._sequences.held)
    assert 2 == story.held[0].headers["webhook-attempt"]
    assert "webhook-attempt" not in story.held[1].headers
    assert isinstance(story.settled[0][1], Again)


async def test_what_was_held_runs_by_its_place_when_it_is_due(story: Story) -> None:
    await story.deliver(1, "fails")
    await story.deliver(2, "a2")
    first, second = story.held
    first.headers["webhook-due-ms"] = 0
    await story.give(11, second)
    assert ["fails"] == story.began
    await story.give(12, first)
    assert ["fails", "fails", "a2"] == story.began
    assert 0 == story.way._sequences.held


async def test_what_dies_lets_the_next_go_on(story: Story) -> None:
    await story.deliver(1, "dies")
    await story.deliver(2, "a2")
    dead, done = (outcome for _, outcome in story.settled)
    assert isinstance(dead, Dead)
    assert Done() == done


@pytest.fixture
async def halting() -> AsyncIterator[Story]:
    """The same, of a consumer whose dead ones halt their shop's sequence."""
    made = Story(on_dead="halt")
    yield made
    await made.rest()


async def test_what_dies_where_it_halts_is_a_letter_with_its_place_and_its_stub_is_held(
    halting: Story,
) -> None:
    await halting.deliver(1, "dies")
    await halting.deliver(2, "a2")
    assert ["dies"] == halting.began
    await halting.give(3, halting.held[0])
    await halting.deliver(4, "b1", webhook_shop="another")
    assert ["dies", "b1"] == halting.began
    assert [("dies", 1, 1), ("a2", 2, 1)] == halting.places()
    halt = halt_in(halting.dead[0].headers)
    assert Halt(QUEUE, Seat("m-dies:2:dies", 1, 1)) == halt
    assert 1 == len(halting.way._sequences.agenda.halted)


async def test_what_is_read_of_a_halt_keeps_it_until_its_replay_or_its_release(
    halting: Story,
) -> None:
    await halting.deliver(1, "dies")
    stub, letter = halting.held[0], halting.dead[0]
    halt = halt_in(letter.headers)
    assert halt is not None
    await halting.give(2, stub, again=True)
    await halting.deliver(3, "a2")
    replay = replace(letter, headers=letter.headers | halt.headers)
    await halting.give(4, replay)
    assert ["dies", "dies"] == halting.began
    assert [("ack", 3), ("ack", 2), ("ack", 4)] == halting.channel.journal[1:]
    assert [("dies", 1, 1), ("a2", 2, 1), ("dies", 1, 3)] == halting.places()
    await halting.give(5, halting.held[2])

    again = halt_in(halting.dead[1].headers)
    assert again is not None
    released = release(halting.dead[1], again, "ann@ops")
    await halting.give(6, replace(letter, headers=dict[str, object](released.headers)))
    assert (6, Released("ann@ops")) == halting.settled[-1]
    await halting.give(7, halting.held[1])
    assert (["dies", "dies", "a2"], []) == (halting.began, halting.way._sequences.agenda.halted)


async def test_a_consumer_that_halts_no_more_takes_stubs_for_releases(
    story: Story, halting: Story
) -> None:
    await halting.deliver(1, "dies")
    await story.give(1, halting.held[0], again=True)
    assert [(1, Released('on_dead="continue"'))] == story.settled


async def test_nothing_begins_before_all_that_is_held_is_read(story: Story) -> None:
    sequences = story.way._sequences
    sequences.is_read = False
    story.way.subscription._mark = "ours"
    await story.deliver(1, "a1")
    await story.give(2, ReceivedProperties(headers={"webhook-held-mark": "another's"}))
    assert ([], [("ack", 2)]) == (story.began, story.channel.journal)
    await story.give(3, ReceivedProperties(headers={"webhook-held-mark": "ours"}))
    assert ["a1"] == story.began


async def test_what_was_copied_before_a_crash_is_forgotten(story: Story) -> None:
    await story.deliver(1, "fails")
    await story.give(2, story.held[0])
    await story.deliver(3, "fails", again=True)
    assert (["fails"], ("ack", 3)) == (story.began, story.channel.journal[-1])


async def test_a_held_one_that_came_back_is_copied_with_a_crash_more_before_it_runs(
    story: Story,
) -> None:
    """Whose worker died under it cannot be told from what only waited there."""
    await story.deliver(1, "fails")
    told = story.held[0]
    told.headers |= {"webhook-due-ms": 0, "x-delivery-count": 3}
    await story.give(2, told, again=True)
    assert (["fails"], 1) == (story.began, story.held[1].headers["webhook-crashes"])
    await story.give(3, story.held[1])
    assert ["fails", "fails"] == story.began


async def test_a_run_goes_on_with_a_new_delivery_and_nothing_of_its_shop_beside_it(
    story: Story,
) -> None:
    story.go.clear()
    await story.deliver(1, "a1")
    await story.deliver(2, "a2")
    story.channel.is_closed = True
    story.channel = FakeChannel()
    story.way._sequences.lose()
    story.way._sequences.is_read = True
    await story.deliver(7, "a1", again=True)
    await story.deliver(8, "a2", again=True)
    assert ["a1"] == story.began
    story.go.set()
    await story.rest()
    assert (["a1", "a2"], [(7, Done()), (8, Done())]) == (story.began, story.settled)


async def test_what_ended_while_its_channel_was_gone_is_settled_without_another_run(
    story: Story,
) -> None:
    story.go.clear()
    await story.deliver(1, "a1")
    story.channel.is_closed = True
    story.channel = FakeChannel()
    story.way._sequences.lose()
    story.go.set()
    await story.rest()
    story.way._sequences.is_read = True
    await story.deliver(7, "a1", again=True)
    await story.deliver(8, "a2", again=True)
    assert (["a1", "a2"], [(7, Done()), (8, Done())]) == (story.began, story.settled)


async def test_while_nothing_is_allowed_nothing_begins(story: Story) -> None:
    story.intake.allow(0)
    await story.deliver(1, "a1")
    assert ([], []) == (story.began, story.channel.journal)


async def test_it_is_limited_while_something_waits_for_its_turn_and_full_while_so_many_are_held(
    story: Story,
) -> None:
    states = [story.intake.state]
    story.limiter.limit(Limits(rate=Rate(1, "d")))
    story.limiter.share_among(1)
    for tag, name in enumerate(("a1", "a2"), start=1):
        await story.deliver(tag, name)
    states.append(story.intake.state)
    story.way._sequences._most_held = 0
    states.append(story.intake.state)
    assert ["a1"] == story.began
    assert [QueueState.CONSUMING, QueueState.LIMITED, QueueState.FULL] == states


async def test_messages_without_an_id_are_not_taken_for_one_another(story: Story) -> None:
    for tag in (1, 2):
        await story.give(tag, description(message_id=""), again=True)
    assert 2 == len(story.began)


async def test_what_waits_for_too_long_has_the_channel_opened_anew_and_nothing_begins_meanwhile(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RENEW_AFTER", 0.0)
    await story.deliver(1, "fails")
    await story.give(2, story.held[0])
    going_on = asyncio.create_task(story.way._keep_going())
    await story.rest()
    assert story.way.subscription.is_leaving
    await story.deliver(3, "b1", webhook_shop="another")
    assert ["fails"] == story.began
    await end_tasks([going_on])

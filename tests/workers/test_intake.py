"""Taking deliveries in: which of them run, and which are settled with what an earlier delivery has
decided.
"""

import asyncio
from time import monotonic, time
from typing import Any

import pytest
from tenacity import stop_after_attempt

from schemas.properties import ReceivedProperties
from schemas.pulse import QueueState
from schemas.rate import Rate
from tests.workers.fakes import NOW, QUEUE, FakeChannel, description
from workers import Consumer, Delivery, RetryPolicy, consumer
from workers.broker.at_once import AtOnce
from workers.broker.intake import Intake
from workers.broker.telling import TOLD, Owed
from workers.broker.under_way import UnderWay
from workers.limiter import Limiter
from workers.limits import Limits
from workers.outcome import Aside, Dead, Deferred, Done, Outcome


class Story:
    """An intake; the handler runs until it is let go. Settling acks, where the channel is open."""

    queue = QUEUE

    def __init__(self, handles: Consumer[bytes] | None = None) -> None:
        self.handled: list[bytes] = []
        self.settled: list[tuple[int, Owed]] = []
        self.bodies: dict[int, bytes] = {}
        self.go = asyncio.Event()
        self.channel = FakeChannel()

        @consumer("orders/create", concurrency=8)
        async def erp(delivery: Delivery[bytes]) -> None:
            self.handled.append(delivery.webhook.body)
            await self.go.wait()

        limiter = Limiter(handles or erp)
        self.intake = Intake(self.queue, self._settle, asyncio.Lock(), limiter, AtOnce)

    async def _settle(self, run: UnderWay, outcome: Owed) -> Owed | None:
        if not run.is_ours:
            return outcome
        run.ack()
        self.settled.append((run.tag, outcome))
        self.bodies[run.tag] = run.body
        return None

    async def deliver(
        self, tag: int, told: ReceivedProperties, *, again: bool = False, body: bytes = b"{}"
    ) -> None:
        """Have the broker deliver on the channel that is open now, and the handler begin where it
        runs.
        """
        self.intake._receive(self.channel.deliveries, tag, again, told, body)
        for _ in range(5):
            await asyncio.sleep(0)

    def lose_channel(self, at_ms: int = NOW) -> None:
        """Lose the channel; another takes its place."""
        self.channel.is_closed = True
        self.channel = FakeChannel()
        self.intake._settling.unsettled.note_lost_channel(at_ms)

    async def end(self) -> None:
        """Let the handlers end, and wait for what comes of it."""
        self.go.set()
        while self.intake.under_way:
            await asyncio.wait(self.intake.under_way)


@pytest.fixture
def story() -> Story:
    """A new story."""
    return Story()


async def test_a_run_that_is_under_way_goes_on_with_the_new_delivery(story: Story) -> None:
    await story.deliver(1, description())
    story.lose_channel()
    await story.deliver(7, description(), again=True)
    await story.end()
    assert ([b"{}"], [(7, Done())]) == (story.handled, story.settled)


async def test_an_outcome_that_could_not_be_told_settles_the_next_delivery_without_a_run(
    story: Story,
) -> None:
    await story.deliver(1, description())
    story.lose_channel()
    await story.end()
    await story.deliver(7, description(), again=True)
    await story.end()
    assert ([b"{}"], [(7, Done())]) == (story.handled, story.settled)


async def test_an_ack_that_the_broker_missed_is_given_again_without_a_run(story: Story) -> None:
    await story.deliver(1, description())
    await story.end()
    story.lose_channel()
    await story.deliver(7, description(), again=True)
    await story.end()
    assert ([b"{}"], [(1, Done()), (7, TOLD)]) == (story.handled, story.settled)


@pytest.mark.parametrize("ended", [True, False], ids=["ended", "under way"])
async def test_a_message_that_was_never_delivered_before_runs_whatever_its_ids_are(
    story: Story,
    ended: bool,
) -> None:
    await story.deliver(1, description())
    if ended:
        await story.end()
    story.lose_channel()
    await story.deliver(2, description())
    await story.end()
    assert [b"{}", b"{}"] == story.handled
    assert (2, Done()) in story.settled


@pytest.mark.parametrize("ended", [True, False], ids=["ended", "under way"])
@pytest.mark.parametrize(
    ("other", "body"),
    [
        (description(webhook_id="w2"), b"{}"),
        (description(), b"[1]"),
        (description(message_id="m2"), b"{}"),
    ],
    ids=["another webhook", "another body", "another message"],
)
async def test_a_message_that_shares_an_id_with_an_earlier_one_is_not_taken_for_it(
    story: Story,
    other: ReceivedProperties,
    body: bytes,
    ended: bool,
) -> None:
    await story.deliver(1, description())
    if ended:
        await story.end()
    story.lose_channel()
    await story.deliver(2, other, again=True, body=body)
    await story.end()
    assert [b"{}", body] == story.handled
    assert (2, Done()) in story.settled


async def test_two_messages_of_one_id_each_go_on_when_both_come_back(story: Story) -> None:
    for tag, webhook in ((1, "w1"), (2, "w2")):
        await story.deliver(tag, description(webhook_id=webhook))
    story.lose_channel()
    for tag, webhook in ((8, "w2"), (9, "w1")):
        await story.deliver(tag, description(webhook_id=webhook), again=True)
    await story.end()
    assert (2, [(8, Done()), (9, Done())]) == (
        len(story.handled),
        sorted(story.settled, key=lambda one: one[0]),
    )


async def test_a_run_goes_on_with_a_delivery_of_its_own_body_only(story: Story) -> None:
    for tag, body in ((1, b"{}"), (2, b"[]")):
        await story.deliver(tag, description(), body=body)
    story.lose_channel()
    for tag, body in ((8, b"[]"), (9, b"{}")):
        await story.deliver(tag, description(), again=True, body=body)
    await story.end()
    assert {8: b"[]", 9: b"{}"} == story.bodies


async def test_what_lay_prefetched_while_links_were_lost_is_not_suspected(story: Story) -> None:
    story.lose_channel()
    story.lose_channel()
    await story.deliver(1, description(x_delivery_count=2), again=True)
    await story.end()
    assert [(1, Done())] == story.settled


@pytest.mark.parametrize(("count", "kind"), [(1, Done), (2, Aside), (5, Dead)])
async def test_what_came_back_from_workers_of_which_nothing_is_known_is_counted_as_their_crash(
    story: Story, count: int, kind: Any
) -> None:
    await story.deliver(1, description(x_delivery_count=count), again=True)
    await story.end()
    assert [kind] == [type(outcome) for _, outcome in story.settled]


async def test_a_link_lost_before_the_webhook_came_in_excuses_nothing(story: Story) -> None:
    for _ in range(9):
        story.lose_channel(NOW - 60_000)
    await story.deliver(1, description(x_delivery_count=5), again=True)
    await story.end()
    assert [Dead] == [type(outcome) for _, outcome in story.settled]


@pytest.mark.parametrize("crashes", [0, 3])
async def test_what_comes_too_early_goes_round_again_without_an_attempt(
    story: Story, crashes: int
) -> None:
    due_ms = int(time() * 1000) + 3_600_000
    await story.deliver(1, description(webhook_due_ms=due_ms, webhook_crashes=crashes))
    await story.end()
    ((_, outcome),) = story.settled
    assert isinstance(outcome, Aside)
    assert crashes == outcome.crashes
    assert 0 < outcome.delay <= 3_600
    assert [] == story.handled


async def test_a_queue_is_consumed_while_the_broker_gives_and_until_it_is_stopped() -> None:
    """Where nothing comes because we asked for no more, the queue is not an empty one."""
    story = Story()
    states = [story.intake.state]
    story.intake._subscription._tag = "given"
    states.append(story.intake.state)
    await story.intake.stop()
    states.append(story.intake.state)
    assert [QueueState.LOST, QueueState.CONSUMING, QueueState.LOST] == states


async def test_a_queue_is_stuck_while_as_many_handlers_hang_as_may_run() -> None:
    story = Story()
    story.intake._subscription._tag = "given"
    story.intake._room._left_behind.enter(1)
    states = [story.intake.state]
    story.intake._room._left_behind.leave()
    states.append(story.intake.state)
    assert [QueueState.STUCK, QueueState.CONSUMING] == states


async def test_what_was_attempted_is_counted_with_its_beginning_and_nothing_else_is(
    story: Story,
) -> None:
    counted: list[tuple[Any, float]] = []

    def count(outcome: Outcome, began: float) -> bool:
        counted.append((outcome, began))
        return False

    story.intake.decider.count_by(count)
    due_ms = int(time() * 1000) + 3_600_000
    await story.deliver(1, description(webhook_due_ms=due_ms))
    before = monotonic()
    await story.deliver(2, description("m2"))
    after = monotonic()
    await story.end()
    ((outcome, began),) = counted
    assert Done() == outcome
    assert before <= began <= after


@pytest.mark.parametrize(("spares", "settled"), [(True, Aside(0.0, 2)), (False, None)])
async def test_what_would_die_of_its_policy_is_put_aside_where_the_breaker_spares_it(
    spares: bool, settled: Aside | None
) -> None:
    @consumer("orders/create", retry=RetryPolicy(stop=stop_after_attempt(1)))
    async def erp(delivery: Delivery[bytes]) -> None:
        raise ConnectionError("down")

    story = Story(erp)
    story.intake.decider.count_by(lambda *_: spares)
    await story.deliver(1, description(webhook_crashes=2))
    await story.end()
    ((_, outcome),) = story.settled
    assert (outcome == settled) == spares
    assert isinstance(outcome, Dead) != spares


async def test_a_queue_that_is_held_says_by_what_whatever_held_it_before() -> None:
    story = Story()
    states = []
    for held_as in (QueueState.OPEN, QueueState.PAUSED, QueueState.OPEN):
        story.intake.allow(0, held_as)
        states.append(story.intake.state)
    assert [QueueState.OPEN, QueueState.PAUSED, QueueState.OPEN] == states
    assert story.intake.is_held


@pytest.mark.parametrize(
    ("nack_counts", "journal", "settled"),
    [(True, [("ack", 2)], [(2, Aside(0.0, 3))]), (False, [("nack", 2)], [])],
    ids=["before RabbitMQ 4.3", "from 4.3 on"],
)
async def test_while_nothing_is_allowed_what_runs_ends_and_what_comes_goes_back_uncounted(
    story: Story, nack_counts: bool, journal: list[Any], settled: list[Any]
) -> None:
    story.channel.nack_counts = nack_counts
    await story.deliver(1, description())
    story.intake.allow(0)
    await story.deliver(2, description("m2", webhook_crashes=3))
    assert (journal, settled) == (story.channel.journal, story.settled)
    await story.end()
    assert ((1, Done()), [b"{}"]) == (story.settled[-1], story.handled)


async def test_what_waits_for_its_turn_goes_back_once_nothing_is_allowed(story: Story) -> None:
    story.intake.allow(1)
    for tag in (1, 2, 3):
        await story.deliver(tag, description(f"m{tag}"))
    assert 1 == len(story.handled)
    story.intake.allow(0)
    await story.deliver(4, description("m4"))
    assert [(2, Aside(0.0, 0)), (3, Aside(0.0, 0)), (4, Aside(0.0, 0))] == sorted(
        story.settled, key=lambda one: one[0]
    )
    await story.end()
    assert 1 == len(story.handled)


async def test_what_has_no_turn_by_the_rate_waits_in_its_place_until_it_has(story: Story) -> None:
    limiter = story.intake.limiter
    limiter.limit(Limits(rate=Rate(1, "d")))
    limiter.share_among(1)
    for tag in (1, 2):
        await story.deliver(tag, description(f"m{tag}"))
    state = story.intake._room.state(is_consuming=True)
    assert (1, QueueState.LIMITED) == (len(story.handled), state)

    limiter.limit(Limits(rate=Rate(1_000, "s")))
    await story.end()
    assert ([b"{}", b"{}"], 2) == (story.handled, len(story.settled))


async def test_what_waits_for_a_turn_by_the_rate_goes_back_once_nothing_is_allowed(
    story: Story,
) -> None:
    story.intake.limiter.limit(Limits(rate=Rate(60, "m")))  # shared by nobody knows how many
    await story.deliver(1, description(webhook_crashes=2))
    story.intake.allow(0)
    await story.end()
    assert ([], [(1, Aside(0.0, 2))]) == (story.handled, story.settled)


async def test_what_is_too_much_of_its_shop_is_put_off_and_the_next_one_runs_once_there_is_room(
    story: Story,
) -> None:
    story.intake.limiter.limit(Limits(per_shop=1))
    await story.deliver(1, description())
    await story.deliver(2, description("m2", webhook_deferred=3, webhook_crashes=1))
    put_off = Deferred(8.0, "Limited: per_shop=1", crashes=1, times=4)
    assert [(2, put_off)] == story.settled

    await story.deliver(3, description("m3", webhook_shop="another shop"))
    assert 2 == len(story.handled)
    await story.end()
    await story.deliver(4, description("m4"))
    await story.end()
    assert 3 == len(story.handled)


async def test_no_more_run_at_once_than_are_allowed_though_more_are_here(story: Story) -> None:
    for tag in range(1, 5):
        await story.deliver(tag, description(f"m{tag}"))
    story.intake.allow(2)
    await story.deliver(5, description("m5"))
    assert 4 == len(story.handled)
    await story.end()
    assert 5 == len(story.handled)


async def test_more_run_at_once_where_more_are_allowed(story: Story) -> None:
    story.intake.allow(1)
    for tag in (1, 2):
        await story.deliver(tag, description(f"m{tag}"))
    assert 1 == len(story.handled)
    story.intake.allow(8)
    for _ in range(5):
        await asyncio.sleep(0)
    assert 2 == len(story.handled)


async def test_an_outcome_that_is_owed_is_told_though_nothing_is_allowed(story: Story) -> None:
    await story.deliver(1, description())
    story.lose_channel()
    await story.end()
    story.intake.allow(0)
    await story.deliver(7, description(), again=True)
    await story.end()
    assert ([b"{}"], [(7, Done())]) == (story.handled, story.settled)


@pytest.mark.parametrize("handlers", [0, 1])
async def test_fewer_that_are_allowed_forget_no_ack_that_the_broker_may_have_missed(
    story: Story, handlers: int
) -> None:
    story.go.set()
    for tag in range(1, 9):
        await story.deliver(tag, description(f"m{tag}"))
    story.intake.allow(handlers)
    story.lose_channel()
    for tag in range(1, 9):
        await story.deliver(10 + tag, description(f"m{tag}"), again=True)
    assert [b"{}"] * 8 == story.handled
    assert [TOLD] * 8 == [outcome for _, outcome in story.settled[8:]]


class Partition(Story):
    """The same with a partition, which is ours."""

    queue = QUEUE.split(8)[3]

    def __init__(self) -> None:
        super().__init__()
        self.intake.take(is_ours=True)


async def test_a_partition_is_not_taken_from_before_it_is_ours() -> None:
    story = Partition()
    assert QueueState.LOST == story.intake.state  # nobody consumes here
    story.intake.take(is_ours=False)
    assert (True, QueueState.AWAY) == (story.intake.is_held, story.intake.state)


async def test_of_a_partition_that_is_left_what_runs_ends_and_what_comes_does_not_begin() -> None:
    story = Partition()
    await story.deliver(1, description())
    story.intake.take(is_ours=False)
    await story.deliver(2, description("m2"), body=b"[2]")
    assert story.intake._subscription.is_leaving
    await story.end()
    assert ([b"{}"], [(1, Done())]) == (story.handled, story.settled)
    assert [("ack", 1)] == story.channel.journal, "what did not begin is handed over, not back"


async def test_what_comes_while_a_partition_is_left_does_not_begin_though_it_is_ours_again() -> (
    None
):
    story = Partition()
    story.intake.take(is_ours=False)
    await story.deliver(1, description())
    story.intake.take(is_ours=True)
    await story.deliver(2, description("m2"), body=b"[2]")
    await story.end()
    assert ([], []) == (story.handled, story.settled)


async def test_a_paused_partition_says_that_it_is_paused_and_one_of_anothers_that_it_is_away() -> (
    None
):
    story = Partition()
    states = []
    story.intake.allow(0)
    states.append(story.intake.state)
    story.intake.take(is_ours=False)
    states.append(story.intake.state)
    assert [QueueState.PAUSED, QueueState.AWAY] == states

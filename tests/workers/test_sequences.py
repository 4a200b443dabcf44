"""Sequences: of each shop one webhook after the other, whatever fails, and whoever dies."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workers.sequenced import DELAY, World
from workers.line import Copy, Doing, Member, Seat
from workers.recent import REMEMBERED
from workers.sequences import Sequences

NOW = 1_000_000
LATER = NOW + 60_000


class Story:
    """Sequences whose deliveries are texts."""

    def __init__(self, most_held: int = 100) -> None:
        self.sequences: Sequences[str] = Sequences(most_held)
        self.sequences.is_read = True

    def comes(self, shop: str, origin: str, *, again: bool = False) -> Member[str] | None:
        """Have the partition give a webhook."""
        return self.sequences.arrive(shop, origin, f"given {origin}", NOW, again=again)

    def read(self, shop: str, seat: Seat, due_ms: int = 0) -> str | None:
        """Have a held copy handed out; return what is to be forgotten."""
        copy = Copy(seat, due_ms, f"turn {seat.turn} of {seat.origin}")
        _, superfluous = self.sequences.read(shop, copy, NOW)
        return superfluous

    def halts(self, origin: str) -> Seat:
        """Have a webhook die, and its stub stored and handed out; return where that stands."""
        member = self[origin]
        seat = self.sequences.seat(member)
        self.sequences.moved(member, seat, 0)
        self.stub(member.shop, seat)
        return seat

    def stub(self, shop: str, seat: Seat) -> str | None:
        """Have a stub handed out; return what is to be forgotten."""
        stub = Copy(seat, 0, f"stub of {seat.origin}", is_halted=True)
        _, superfluous = self.sequences.read(shop, stub, NOW)
        return superfluous

    def put_back(self, shop: str, seat: Seat) -> str | None:
        """Have the replay of a dead letter with this stub handed out; likewise."""
        after = seat._replace(turn=seat.turn + 1)
        replay = Copy(after, 0, f"replay of {seat.origin}", is_put_back=True)
        _, superfluous = self.sequences.read(shop, replay, NOW)
        return superfluous

    def runs(self, now_ms: int = NOW) -> list[str]:
        """Begin all that may run."""
        return [one.origin for one in iter(lambda: self.sequences.next_run(now_ms), None)]

    def moves(self, now_ms: int = NOW) -> list[str]:
        """Begin all that makes room."""
        return [one.origin for one in iter(lambda: self.sequences.next_move(now_ms), None)]

    def __getitem__(self, origin: str) -> Member[str]:
        (found,) = [one for one in self.sequences.members if one.origin == origin]
        return found

    def fails(self, origin: str, due_ms: int = LATER) -> None:
        """Have a copy stored and handed out that is due then."""
        member = self[origin]
        seat = self.sequences.seat(member)
        self.sequences.moved(member, seat, due_ms)
        self.read(member.shop, seat, due_ms)


@pytest.fixture
def story() -> Story:
    """A new story."""
    return Story()


def test_of_each_shop_the_first_one_runs_and_the_next_after_it(story: Story) -> None:
    for shop, origin in (("a", "a1"), ("a", "a2"), ("b", "b1"), ("a", "a3")):
        story.comes(shop, origin)
    assert (["a1", "b1"], []) == (story.runs(), story.moves())
    story.sequences.settled(story["a1"])
    assert ["a2"] == story.runs()
    story.sequences.settled(story["a2"])
    assert ["a3"] == story.runs()


def test_what_follows_a_head_that_comes_again_makes_room_one_by_one_and_runs_after_it(
    story: Story,
) -> None:
    for origin in ("a1", "a2", "a3"):
        story.comes("a", origin)
    story.comes("b", "b1")
    assert ["a1", "b1"] == story.runs()
    story.fails("a1")

    assert ["a2"] == story.moves()
    story.fails("a2", 0)
    assert ["a3"] == story.moves()
    story.fails("a3", 0)
    story.comes("a", "a4")
    assert (["a4"], []) == (story.moves(), story.runs())
    story.fails("a4", 0)

    assert 60.0 == story.sequences.agenda.seconds_to_due(NOW)
    for origin in ("a1", "a2", "a3", "a4"):
        assert [origin] == story.runs(LATER)
        story.sequences.settled(story[origin])
    assert 0 == story.sequences.held


def test_what_comes_while_a_held_one_runs_waits_where_it_is(story: Story) -> None:
    story.read("a", Seat("a1", 1, 1))
    assert ["a1"] == story.runs()
    story.comes("a", "a2")
    assert [] == story.moves()
    story.fails("a1")
    assert ["a2"] == story.moves()


def test_a_head_that_fails_again_keeps_its_place(story: Story) -> None:
    story.read("a", Seat("a1", 7, 1))
    story.read("a", Seat("a2", 8, 1))
    assert ["a1"] == story.runs()
    assert Seat("a1", 7, 2) == story.sequences.seat(story["a1"])
    story.fails("a1")
    assert ([], ["a1"]) == (story.runs(), story.runs(LATER))


def test_a_place_that_is_given_is_behind_all_that_were_read(story: Story) -> None:
    story.read("a", Seat("a1", 41, 1), LATER)
    story.comes("b", "b1")
    assert 42 == story.sequences.seat(story["b1"]).place


@pytest.mark.parametrize("order", [(8, 3, 5), (3, 5, 8), (5, 8, 3)])
def test_what_is_held_runs_by_places_in_whatever_order_it_is_read(
    story: Story, order: tuple[int, ...]
) -> None:
    for place in order:
        story.read("a", Seat(f"a{place}", place, 1))
    ran = []
    while story.sequences.members:
        (origin,) = story.runs()
        ran.append(origin)
        story.sequences.settled(story[origin])
    assert ["a3", "a5", "a8"] == ran


def test_nothing_is_done_before_all_is_read(story: Story) -> None:
    story.sequences.is_read = False
    story.read("a", Seat("a1", 1, 1))
    story.comes("b", "b1")
    assert ([], []) == (story.runs(), story.moves())
    story.sequences.is_read = True
    assert ["a1", "b1"] == story.runs()


def test_what_was_copied_before_a_crash_is_forgotten_when_the_partition_gives_it_again(
    story: Story,
) -> None:
    story.read("a", Seat("a1", 1, 1), LATER)
    assert story.comes("a", "a1", again=True) is None
    story.runs(LATER)
    story.sequences.settled(story["a1"])
    assert story.comes("a", "a1", again=True) is None


def test_another_message_of_the_same_id_is_a_webhook_of_its_own(story: Story) -> None:
    story.comes("a", "a1")
    story.comes("a", "a1")
    story.read("b", Seat("b1", 1, 1))
    story.comes("b", "b1")
    assert ["a1", "a1'", "b1", "b1'"] == [one.origin for one in story.sequences.members]


@pytest.mark.parametrize(
    ("turns", "superfluous"), [((1, 2), "turn 1 of a1"), ((2, 1), "turn 1 of a1")]
)
def test_of_two_copies_the_later_one_counts(
    story: Story, turns: tuple[int, int], superfluous: str
) -> None:
    dues = {1: 0, 2: LATER}
    told = [story.read("a", Seat("a1", 1, turn), dues[turn]) for turn in turns]
    assert [None, superfluous] == told
    assert ([], ["a1"]) == (story.runs(), story.runs(LATER))
    assert 1 == story.sequences.held


def test_a_copy_that_comes_before_its_confirm_is_the_one_that_waits(story: Story) -> None:
    story.comes("a", "a1")
    story.runs()
    member = story["a1"]
    seat = story.sequences.seat(member)
    assert story.read("a", seat, LATER) is None
    story.sequences.moved(member, seat, LATER)
    assert ("turn 1 of a1", Doing.WAITS) == (member.delivery, member.doing)
    assert (["a1"], 1) == (story.runs(LATER), story.sequences.held)


def test_a_copy_of_what_is_done_is_forgotten_with_it(story: Story) -> None:
    """A worker that was frozen has stored it, and nobody waits for it any more."""
    story.comes("a", "a1")
    story.runs()
    member = story["a1"]
    assert story.read("a", Seat("a1", 1, 1)) is None
    assert "turn 1 of a1" == story.sequences.settled(member)
    assert "turn 2 of a1" == story.read("a", Seat("a1", 1, 2))


def test_what_runs_goes_on_over_a_lost_channel_and_nothing_of_its_shop_passes_it(
    story: Story,
) -> None:
    for origin in ("a1", "a2"):
        story.comes("a", origin)
    story.runs()
    story.sequences.lose()
    story.sequences.is_read = True
    for origin in ("a1", "a2"):
        story.comes("a", origin, again=True)
    assert ([], "given a1") == (story.runs(), story["a1"].delivery)
    story.sequences.settled(story["a1"])
    assert ["a2"] == story.runs()


def test_a_copy_that_was_stored_though_its_channel_was_lost_waits_in_its_place(
    story: Story,
) -> None:
    story.comes("a", "a1")
    story.runs()
    member = story["a1"]
    story.sequences.lose()
    story.sequences.is_read = True
    story.read("a", Seat("a1", 1, 1), LATER)
    story.sequences.lost(member)
    assert ([], ["a1"]) == (story.runs(), story.runs(LATER))


def test_while_so_many_are_held_nothing_further_begins_and_nothing_makes_room() -> None:
    story = Story(most_held=2)
    story.read("a", Seat("a1", 1, 1), LATER)
    story.read("a", Seat("a2", 2, 1))
    for shop in ("a", "b"):
        story.comes(shop, f"{shop}3")
    assert story.sequences.is_full
    assert ([], []) == (story.runs(), story.moves())

    assert ["a1"] == story.runs(LATER)
    story.sequences.settled(story["a1"])
    assert ["b3", "a2"] == sorted(story.runs(LATER), reverse=True)


def test_only_so_many_of_what_is_settled_are_remembered(story: Story) -> None:
    for number in range(REMEMBERED + 1):
        story.comes("a", f"a{number}")
        story.runs()
        story.sequences.settled(story[f"a{number}"])
    assert story.comes("a", "a1", again=True) is None
    assert story.comes("a", "a0", again=True) is not None


@pytest.mark.parametrize("held", [False, True])
def test_a_dead_webhook_halts_its_shops_sequence_and_no_other(story: Story, *, held: bool) -> None:
    if held:
        story.read("a", Seat("a1", 1, 1))
    else:
        story.comes("a", "a1")
    story.comes("a", "a2")
    assert ["a1"] == story.runs()
    story.halts("a1")
    story.comes("b", "b1")

    assert (["a2"], ["b1"]) == (story.moves(), story.runs(LATER))
    story.fails("a2", 0)
    assert ([], []) == (story.moves(LATER), story.runs(LATER))
    assert [["a1", "a2"]] == [
        [one.origin for one in line.members] for line in story.sequences.agenda.halted
    ]
    assert math.inf == story.sequences.agenda.seconds_to_due(NOW)


@pytest.mark.parametrize("is_first", [False, True])
def test_what_supersedes_a_stub_does_so_in_whatever_order_they_are_read(
    story: Story, *, is_first: bool
) -> None:
    seat = Seat("a1", 1, 2)
    story.read("a", Seat("a2", 2, 1))
    if is_first:
        told = [story.put_back("a", seat), story.stub("a", seat)]
    else:
        told = [story.stub("a", seat), story.put_back("a", seat)]
    assert [None, "stub of a1"] == told
    assert ["a1"] == story.runs()
    assert "replay of a1" == story["a1"].delivery
    story.sequences.settled(story["a1"])
    assert ["a2"] == story.runs()


def test_a_letter_that_is_replayed_before_its_stub_is_stored_runs_once_that_is(
    story: Story,
) -> None:
    story.comes("a", "a1")
    story.runs()
    member = story["a1"]
    seat = story.sequences.seat(member)
    assert story.put_back("a", seat) is None
    assert [] == story.runs()
    story.sequences.moved(member, seat, 0)
    assert "stub of a1" == story.stub("a", seat)
    assert (["a1"], "replay of a1") == (story.runs(), member.delivery)


def test_a_replay_that_dies_again_halts_in_its_place(story: Story) -> None:
    story.comes("a", "a1")
    story.runs()
    first = story.halts("a1")
    story.read("a", Seat("a2", 9, 1))
    story.put_back("a", first)
    assert ["a1"] == story.runs()
    assert Seat("a1", 1, 3) == story.halts("a1")
    assert [] == story.runs(LATER)


def test_a_letter_that_comes_back_after_its_halt_has_ended_runs_before_what_is_held(
    story: Story,
) -> None:
    """It was dropped into a file, and is imported and replayed."""
    story.comes("a", "a1")
    story.runs()
    seat = story.halts("a1")
    story.put_back("a", seat)
    story.runs()
    story.sequences.settled(story["a1"])

    story.read("a", Seat("a2", 2, 1))
    assert story.put_back("a", seat) is None
    assert ["a1"] == story.runs()
    assert "stub of a1" == story.stub("a", seat)


def test_what_is_put_back_runs_before_what_was_about_to_begin(story: Story) -> None:
    story.comes("b", "b1")
    story.read("a", Seat("a2", 2, 1))
    first = story.sequences.next_run(NOW)
    story.put_back("a", Seat("a1", 1, 2))
    assert ("b1", ["a1"]) == (first and first.origin, story.runs())


def test_what_was_about_to_make_room_stays_where_the_one_before_it_has_begun(story: Story) -> None:
    for shop in "ab":
        story.read(shop, Seat(f"{shop}1", 1, 1), LATER)
        story.comes(shop, f"{shop}2")
    first = story.sequences.next_move(NOW)
    assert ["a1", "b1"] == story.runs(LATER)
    assert ("a2", []) == (first and first.origin, story.moves(LATER))


def test_what_is_put_back_waits_for_what_has_begun_of_its_shop(story: Story) -> None:
    story.comes("a", "a2")
    assert ["a2"] == story.runs()
    story.put_back("a", Seat("a1", 1, 2))
    assert [] == story.runs()
    story.sequences.settled(story["a2"])
    assert ["a1"] == story.runs()


@pytest.mark.parametrize(
    ("turns", "superfluous", "waits"),
    [
        ((1, 2, 3), [None, "turn 1 of a1", "turn 2 of a1"], "turn 3 of a1"),
        ((3, 2, 1), [None, "turn 2 of a1", "turn 1 of a1"], "turn 3 of a1"),
        ((0, 1, 1), ["turn 0 of a1", None, "turn 1 of a1"], "turn 1 of a1"),
    ],
)
def test_of_copies_of_what_runs_the_latest_stands_for_it_once_it_has_ended(
    story: Story, turns: tuple[int, ...], superfluous: list[str | None], waits: str
) -> None:
    story.comes("a", "a1")
    story.runs()
    assert superfluous == [story.read("a", Seat("a1", 1, turn)) for turn in turns]
    story.sequences.moved(story["a1"], Seat("a1", 1, 1), 0)
    assert (["a1"], waits) == (story.runs(), story["a1"].delivery)


def test_a_halt_outlives_a_lost_channel_and_a_worker(story: Story) -> None:
    story.comes("a", "a1")
    story.runs()
    seat = story.halts("a1")
    story.sequences.lose()
    assert [] == story.sequences.members
    story.stub("a", seat)
    story.comes("a", "a2")
    story.sequences.is_read = True
    assert (["a2"], []) == (story.moves(), story.runs(LATER))


def test_a_replay_runs_and_nothing_else_while_as_much_is_held_as_may_be() -> None:
    story = Story(most_held=2)
    story.comes("a", "a1")
    story.runs()
    seat = story.halts("a1")
    story.read("a", Seat("a2", 2, 1))
    for shop in ("a", "b"):
        story.comes(shop, f"{shop}3")
    assert ([], []) == (story.runs(LATER), story.moves(LATER))
    story.put_back("a", seat)
    assert ["a1"] == story.runs()
    story.sequences.settled(story["a1"])
    assert ["a2", "b3"] == sorted(story.runs())


SHOPS = st.sampled_from("ab")
OUTCOMES = st.sampled_from(("done", "again", "dead"))
QUIET = st.one_of(
    st.tuples(st.just("fire"), SHOPS),
    st.tuples(st.just("go"), OUTCOMES),
    st.tuples(st.just("begin"), OUTCOMES),
    st.tuples(st.just("step"), st.integers(0, 5)),
    st.tuples(st.just("deliver"), st.none()),
    st.tuples(st.just("wait"), st.sampled_from((1, 500, DELAY))),
)
ROUGH = st.one_of(QUIET, st.tuples(st.sampled_from(("crash", "lose")), st.none()))
OPERATED = st.one_of(
    ROUGH,
    st.tuples(st.just("operate"), st.sampled_from(("replay", "drop"))),
    st.tuples(st.just("operator_goes_on"), st.integers(0, 2)),
    st.tuples(st.just("operator_dies"), st.none()),
)


def played(happens: list[tuple[str, object]], most_held: int, *, halts: bool = False) -> World:
    """Have all that happen, and then everything end well."""
    world = World(most_held, halts=halts)
    for what, with_ in happens:
        if what == "wait":
            assert isinstance(with_, int)
            world.now_ms += with_
        else:
            more = () if with_ is None else (with_,)
            getattr(world, what)(*more)
    world.settle_all()
    return world


@given(st.lists(ROUGH, max_size=150), st.integers(1, 8))
def test_whatever_happens_each_shop_keeps_its_order_and_nothing_is_lost(
    happens: list[tuple[str, object]], most_held: int
) -> None:
    world = played(happens, most_held)
    assert world.fired == world.ended
    assert world.most_at_once <= 1
    assert 0 == world.sequences.held


@given(st.lists(QUIET, max_size=150), st.integers(1, 8))
def test_where_nobody_dies_nothing_runs_again_but_what_has_failed(
    happens: list[tuple[str, object]], most_held: int
) -> None:
    world = played(happens, most_held)
    fired = sum(map(len, world.fired.values()))
    assert fired + world.fails == world.runs.total()
    assert world.fired == world.ended


@given(st.lists(OPERATED, max_size=150), st.integers(1, 8))
def test_where_dead_webhooks_halt_each_shop_keeps_its_order_and_nothing_is_lost(
    happens: list[tuple[str, object]], most_held: int
) -> None:
    world = played(happens, most_held, halts=True)
    assert world.fired == world.ended
    assert world.most_at_once <= 1
    assert 0 == world.sequences.held

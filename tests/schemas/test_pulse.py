"""The pulse: beats as they stand in the stream, and the fleet they come to."""

import json
import random
import zlib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.fleet import DEAD_AFTER_MS, fleet
from schemas.held_lines import HeldLine
from schemas.pulse import EVERY, Beat, DoorBeat, ProcessKind, QueueBeat, QueueState
from schemas.pulse_records import MAX_SIZE, decode, decode_head, encode
from schemas.queue_now import QueueNow

NOW = 1_764_000_000_000
A = "spiffy.erp.orders.create"
B = "spiffy.mail.orders._any"


def works(process: str = "one", at: int = NOW, started: int = NOW - 60_000, **of_a: Any) -> Beat:
    """Return the beat of a worker that runs A."""
    return Beat(at, process, ProcessKind.WORKER, "host", "0.1", started, {A: QueueBeat(**of_a)})


def takes_in(process: str = "door", at: int = NOW, **door: Any) -> Beat:
    """Return the beat of an ingress."""
    return Beat(
        at, process, ProcessKind.INGRESS, "host", "0.1", NOW - 60_000, door=DoorBeat(**door)
    )


def test_a_queue_is_what_its_live_workers_say_together() -> None:
    seen = fleet(
        [
            works("one", running=2, dead_hour=1, oldest_ms=NOW - 9, settled_ms=NOW - 5, p95_ms=70),
            works("two", running=3, dead_hour=2, oldest_ms=NOW - 8, settled_ms=NOW - 2, p95_ms=90),
            works("idle"),
        ],
        NOW,
    )
    assert seen.queues[A] == QueueNow(
        workers=3,
        running=5,
        dead_hour=3,
        oldest_ms=NOW - 9,
        settled_ms=NOW - 2,
        p95_ms=90,
        state=QueueState.CONSUMING,
        waits_since_ms=NOW - 2,
    )


def test_the_newest_beat_of_a_process_counts_and_an_old_one_is_of_a_dead_process() -> None:
    beats = [works(at=NOW - 5_000, running=1), works(at=NOW - DEAD_AFTER_MS, running=2)]
    assert 1 == fleet(beats, NOW).queues[A].running
    assert 2 == fleet(beats[1:], NOW).queues[A].running

    gone = fleet(beats[1:], NOW + 1)
    assert ((), 0, None) == (gone.workers, gone.queues[A].workers, gone.queues[A].state)


def test_a_dead_process_still_tells_when_its_queue_was_last_seen_to_move() -> None:
    killed = works(at=NOW - 3_600_000, taken_ms=NOW - 3_700_000, settled_ms=NOW - 3_600_001)
    queue = fleet([killed], NOW).queues[A]
    assert (NOW - 3_700_000, NOW - 3_600_001) == (queue.waits_since_ms, queue.settled_ms)


@pytest.mark.parametrize(
    ("told", "since"),
    [
        ({"taken_ms": 5, "empty_ms": 9, "settled_ms": 20}, 9),  # seen empty after it took the last
        ({"taken_ms": 9, "empty_ms": 5, "settled_ms": 20}, 9),
        ({"settled_ms": 20}, 20),  # retries alone
        ({}, 0),
    ],
)
def test_a_queues_head_came_after_what_was_taken_and_after_the_queue_was_empty(
    told: dict[str, Any], since: int
) -> None:
    assert since == fleet([works(**told)], NOW).queues[A].waits_since_ms


def test_a_rate_comes_from_two_beats_of_one_process_or_from_its_start() -> None:
    two_beats = [works(at=NOW - 10_000, done=100), works(at=NOW, done=120)]
    assert 120 == fleet(two_beats, NOW).queues[A].done_a_minute
    assert 20 == fleet(two_beats[1:], NOW).queues[A].done_a_minute / 6, "120 in its one minute"
    just_started = works(started=NOW, done=7)
    assert 0 == fleet([just_started], NOW).queues[A].done_a_minute


def test_a_process_that_began_anew_has_another_name_so_no_count_goes_down() -> None:
    beats = [works("one", done=100), works("one again", started=NOW - 30_000, done=10)]
    assert 120 == fleet(beats, NOW).queues[A].done_a_minute


@pytest.mark.parametrize("worst", list(QueueState)[1:])
def test_one_worker_that_is_worse_off_than_the_rest_gives_the_queue_its_state(
    worst: QueueState,
) -> None:
    beats = [works("one"), works("two", state=worst), works("three")]
    assert worst is fleet(beats, NOW).queues[A].state


def test_a_clock_that_is_far_ahead_makes_no_process_live_for_ever() -> None:
    assert () == fleet([works(at=NOW + 61_000)], NOW).workers
    assert 1 == len(fleet([works(at=NOW + 2_000)], NOW).workers)


def test_workers_and_ingresses_are_told_apart_in_order() -> None:
    seen = fleet([takes_in("b"), works("w"), takes_in("a")], NOW)
    assert ["a", "b"] == [one.last.process for one in seen.ingresses]
    assert ["w"] == [one.last.process for one in seen.workers]


@pytest.mark.parametrize(
    ("ready", "waits_since_ms", "lag"),
    [
        (0, NOW - 9, 0),
        (1, NOW - 9, 9),  # whoever moved it last is dead by now, or holds all it may
        (1, 0, None),  # nobody has ever moved it
        (1, NOW + 5, 0),  # another's clock is ahead
    ],
)
def test_lag_is_since_the_queue_was_last_seen_to_move(
    ready: int, waits_since_ms: int, lag: int | None
) -> None:
    assert lag == QueueNow(waits_since_ms=waits_since_ms).lag_ms(ready, NOW)


def test_lag_is_of_what_is_held_too_whichever_waits_longer() -> None:
    waiting = QueueNow(waits_since_ms=NOW - 9, held_ms=NOW - 70)
    assert [70, 70] == [waiting.lag_ms(ready, NOW) for ready in (0, 3)]
    assert 9 == QueueNow(waits_since_ms=NOW - 9, held_ms=NOW - 5).lag_ms(1, NOW)
    assert QueueNow(held_ms=NOW - 5).lag_ms(1, NOW) is None


def test_what_is_held_is_told_by_who_has_it_or_by_who_last_had_it() -> None:
    has = works("one", held=3, held_ms=NOW - 90)
    waits = works("two")
    assert (3, NOW - 90) == _held(fleet([has, waits], NOW).queues[A])

    earlier = works("one", at=NOW - 40_000, held=9, held_ms=NOW - 70_000)
    last = works("two", at=NOW - 30_000, held=1, held_ms=NOW - 50_000)
    assert (0, NOW - 50_000) == _held(fleet([earlier, last], NOW).queues[A])


def _held(now: QueueNow) -> tuple[int, int]:
    return now.held, now.held_ms


NUMBERS = st.integers(0, 2**53)
LINES = st.builds(HeldLine, st.just(A), *[st.text(max_size=5)] * 4, *[NUMBERS] * 4)
QUEUE_BEATS = st.builds(
    QueueBeat, NUMBERS, NUMBERS, NUMBERS, NUMBERS, state=st.sampled_from(QueueState), p95_ms=NUMBERS
)
BEATS = st.builds(
    Beat,
    at=st.integers(NOW - 30_000, NOW + 30_000),
    process=st.sampled_from(["one", "two", "three"]),
    role=st.just(ProcessKind.WORKER),
    started=st.integers(NOW - 100_000, NOW),
    queues=st.dictionaries(st.sampled_from([A, B]), QUEUE_BEATS),
    lines=st.lists(LINES, max_size=2).map(tuple),
)


@given(st.lists(BEATS, max_size=12, unique_by=lambda beat: (beat.process, beat.at)), st.randoms())
def test_beats_come_to_the_same_in_any_order_and_more_than_once(
    beats: list[Beat], chance: random.Random
) -> None:
    shuffled = beats + beats[:3]
    chance.shuffle(shuffled)
    assert fleet(beats, NOW) == fleet(shuffled, NOW)


@given(BEATS)
def test_a_beat_survives_the_stream(beat: Beat) -> None:
    assert beat == decode(encode(beat))


@given(BEATS)
def test_a_beats_head_says_whose_it_is_and_of_which_queues(beat: Beat) -> None:
    head = decode_head(encode(beat))
    names = dict.fromkeys(beat.queues, QueueBeat())
    assert replace(beat, queues=names, lines=()) == head


def test_an_ingress_beat_survives_the_stream() -> None:
    beat = takes_in(accepted=7, refused=1, in_flight=2, topics={"orders/create": NOW})
    assert beat == decode(encode(beat))


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
VALUES = SCALARS | st.lists(SCALARS, max_size=3)
COLUMNS = st.sampled_from(["name", "running", "state", "p95_ms", "topics", "accepted", "strange"])
TABLES = st.dictionaries(COLUMNS, VALUES, max_size=4)
FIELD_NAMES = st.sampled_from(
    ["at", "process", "host", "started", "queues", "door", "role", "v", "lines"]
)
FIELDS = st.dictionaries(FIELD_NAMES, VALUES | TABLES, max_size=3)


@given(FIELDS)
def test_whatever_a_record_holds_it_is_a_beat_or_passed_over(strange: dict[str, Any]) -> None:
    whole = {"v": 1, "at": NOW, "process": "one", "role": "worker", "queues": {"name": [A]}}
    record = json.dumps(whole | strange).encode()
    beats = [decode(zlib.compress(record)), works()]
    seen = fleet([beat for beat in beats if beat is not None], NOW)
    assert seen.queues[A].workers >= 1


@given(st.binary())
def test_any_bytes_in_the_stream_are_passed_over(body: bytes) -> None:
    assert decode(body) is None
    decode(zlib.compress(body))


PASSED_OVER: list[Any] = [
    [],
    7,
    {"v": 2, "at": NOW, "process": "one", "role": "worker"},
    {"v": 1, "at": NOW, "process": "one", "role": "king"},
    {"v": 1, "at": NOW, "process": "one", "role": ["worker"]},
    {"v": 1, "at": "now", "process": "one", "role": "worker"},
    {"v": 1, "at": True, "process": "one", "role": "worker"},
    {"v": 1, "at": NOW, "process": "", "role": "worker"},
]


@pytest.mark.parametrize("record", PASSED_OVER)
def test_what_is_no_beat_of_ours_is_passed_over(record: Any) -> None:
    assert decode(zlib.compress(json.dumps(record).encode())) is None


STRANGE: dict[str, Any] = {
    "name": [A, B, None],
    "done": [-1, 3],
    "dead": [2.5, "2"],
    "running": {"strange": 1},
    "state": ["asleep"],
    "more": [1, 1],
    "p95_ms": [7],
}


def test_a_field_that_nobody_here_can_read_is_as_if_it_were_left_out() -> None:
    record = {"v": 1, "at": NOW, "process": "one", "role": "worker", "queues": STRANGE}
    beat = decode(zlib.compress(json.dumps(record).encode()))
    assert beat is not None
    assert {A: QueueBeat(p95_ms=7), B: QueueBeat(done=3)} == beat.queues


def test_a_body_that_would_fill_the_memory_is_not_unpacked() -> None:
    assert decode(zlib.compress(b" " * (MAX_SIZE + 1) + encode(works()))) is None


PROCESSES = 50
QUEUES = 200


def busy(process: int, chance: random.Random) -> Beat:
    """Return the beat of a worker all of whose queues are at work."""
    queues = {}
    for number in range(QUEUES):
        name = f"spiffy.consumer{number // 10}.resource{number % 10}.create"
        queues[name] = QueueBeat(
            running=chance.randrange(16),
            done=chance.randrange(10_000_000),
            retried=chance.randrange(100_000),
            dead=chance.randrange(1_000),
            dead_hour=chance.randrange(100),
            oldest_ms=NOW - chance.randrange(600_000),
            taken_ms=NOW - chance.randrange(600_000),
            settled_ms=NOW - chance.randrange(5_000),
            p95_ms=chance.randrange(10_000),
        )
    whole = works(f"worker-{process}.example:1:abcdef01")
    return replace(whole, queues=queues)


def test_fifty_processes_with_two_hundred_busy_queues_each_stay_under_100_kilobytes_a_second() -> (
    None
):
    chance = random.Random(16)  # noqa: S311 - numbers that do not repeat
    sizes = [len(encode(busy(number, chance))) for number in range(5)]
    assert max(sizes) * PROCESSES / EVERY < 100_000

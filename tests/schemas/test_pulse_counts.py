"""What of a beat tells of the last hour."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.pulse import Beat, DoorBeat, ProcessKind, QueueBeat
from schemas.pulse_counts import ACCEPTED, Counts, counts_of
from schemas.pulse_records import encode

NOW = 1_764_000_000_000


def test_counts_are_those_of_the_beat() -> None:
    queues = {"a": QueueBeat(done=5, dead=1), "b": QueueBeat(running=3)}
    worker = Beat(NOW, "one", ProcessKind.WORKER, started=NOW - 9, queues=queues)
    assert Counts("one", NOW, NOW - 9, {"a": 5}, {"a": 1}) == counts_of(encode(worker))

    ingress = Beat(NOW, "two", ProcessKind.INGRESS, door=DoorBeat(accepted=7))
    assert Counts("two", NOW, 0, {ACCEPTED: 7}, {}) == counts_of(encode(ingress))


@given(st.binary(max_size=200))
def test_what_is_no_beat_counts_nothing(body: bytes) -> None:
    assert None is counts_of(body)

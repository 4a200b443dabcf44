"""A dead letter that halts its shop's sequence, and by what the sequence goes on. Pure.

Its stub keeps its place in what is held of the partition. A replay takes that place, and a release
gives it up: each as the next turn, so that it counts whenever it is read, before the stub or after.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from runtime.amqp.properties import for_copy
from schemas import headers as webhook_headers
from schemas.headers import Header
from schemas.names import WorkQueue
from schemas.partition_names import held_queue
from schemas.properties import Properties, ReceivedProperties
from workers.line import Seat
from workers.seats import headers_of, seat_in, whose


class Halt(NamedTuple):
    """A sequence that waits: in which partition, and where the dead webhook's stub stands."""

    partition: WorkQueue
    seat: Seat

    @property
    def queue(self) -> str:
        """Where it waits, and where it is told to go on."""
        return held_queue(self.partition)

    @property
    def headers(self) -> dict[str, Header]:
        """What a replay has besides, to run in the place of the stub."""
        place = headers_of(self.after)
        name = self.partition.name
        return place | {webhook_headers.HALTS: name}

    @property
    def after(self) -> Seat:
        """Where what supersedes the stub stands: in its place, the turn after it."""
        origin, place, turn = self.seat
        return Seat(origin, place, turn + 1)


def halt_in(headers: Mapping[str, Any]) -> Halt | None:
    """Read which sequence a dead letter halts; None where it halts none."""
    name = webhook_headers.text(headers, webhook_headers.HALTS)
    partition = WorkQueue.parse(name)
    seat = seat_in(headers)
    if partition is None or seat is None:
        return None

    if not partition.is_partition:
        return None

    return Halt(partition, seat)


def release(letter: ReceivedProperties, halt: Halt, by: str) -> Properties:
    """Return what is published, without a body, for a sequence to go on without its dead letter."""
    headers = whose(letter.headers)
    headers |= headers_of(halt.after)
    headers[webhook_headers.RELEASED] = by
    return for_copy(letter, headers)

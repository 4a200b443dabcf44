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
from workers.seats import headers_of, seat_in


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
        after = self.seat._replace(turn=self.seat.turn + 1)
        return headers_of(after) | {webhook_headers.HALTS: self.partition.name}


def halt_in(headers: Mapping[str, Any]) -> Halt | None:
    """Read which sequence a dead letter halts; None where it halts none."""
    name = webhook_headers.text(headers, webhook_headers.HALTS)
    partition = WorkQueue.parse(name)
    seat = seat_in(headers)
    if partition is None or not partition.is_partition or seat is None:
        return None
    return Halt(partition, seat)


def release(letter: ReceivedProperties, halt: Halt, by: str) -> Properties:
    """Return what is published, without a body, for a sequence to go on without its dead letter."""
    kept = webhook_headers.kept(letter.headers)
    headers = {name: kept[name] for name in _TOLD if name in kept}
    headers |= headers_of(halt.seat._replace(turn=halt.seat.turn + 1))
    headers[webhook_headers.RELEASED] = by or "somebody"
    return for_copy(letter, headers)


_TOLD = (webhook_headers.ID, webhook_headers.SHOP, webhook_headers.RECEIVED)

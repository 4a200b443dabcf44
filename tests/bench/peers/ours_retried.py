"""Hookline's consumers that ask for one retry each, a rung of the ladder each, and note how late it
comes.
"""

from time import time_ns

from moments import note

from workers import Delivery, Retry, consumer

RUNGS = (1, 2, 5, 10)
_asked: dict[str, int] = {}


def late_by(rung: int) -> object:
    """Make the consumer of a rung."""

    @consumer("orders/create", name=f"rung{rung}", concurrency=200)
    async def retried(delivery: Delivery[bytes]) -> None:
        key = f"{rung} {delivery.webhook.id}"
        if delivery.attempt == 1:
            _asked[key] = time_ns()
            raise Retry("once", after=rung)
        note(_asked[key] + rung * 1_000_000_000, str(rung))

    return retried


globals().update({f"rung{rung}": late_by(rung) for rung in RUNGS})

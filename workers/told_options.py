"""What a consumer's options say, for people. Pure."""

from typing import Any

from workers.breaker import told_breaker
from workers.consumer import Consumer
from workers.limits import UNLIMITED


def told_options(consumer: Consumer[Any]) -> list[str]:
    """Return what its options say: its breaker, and whatever else its author has said."""
    told = [told_breaker(consumer.breaker)]
    if consumer.once is not None:
        told.append(str(consumer.once))
    if consumer.limits != UNLIMITED:
        told.append(str(consumer.limits))
    if consumer.max_age is not None:
        told.append(f"max_age={consumer.max_age:g}")

    if consumer.partitions:
        told.append(f"{consumer.partitions} partitions a topic")
    if consumer.ordered:
        told.append(_told_order(consumer))
    if consumer.replay == "never":
        told.append("never replayed")
    return told


def _told_order(consumer: Consumer[Any]) -> str:
    order = "each shop's in its order"
    if consumer.halts:
        return f"{order}, halted by a dead one"
    return order

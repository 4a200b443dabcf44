"""The rows about working webhooks off."""

from functools import partial

from tests.bench import crews, messages, stores
from tests.bench.crews import (
    AIO_PIKA,
    CELERY,
    DRAMATIQ,
    FASTSTREAM,
    TASKIQ,
    TWO_COMMANDS,
    TWO_STATEMENTS,
    Peer,
)
from tests.bench.samples import Measured, compare
from tests.bench.stage import Stage


def against_aio_pika(stage: Stage) -> Measured:
    """Our worker with a handler that does nothing, and the bare client that does nothing."""
    total = stage.pairs * stage.webhooks
    with crews.hookline(stage, "raw", total) as ours, AIO_PIKA.crew(stage, total) as bare:
        return compare(ours, bare, pairs=stage.pairs, count=stage.webhooks)


def validated(stage: Stage) -> Measured:
    """The same worker, with a handler that asks for a pydantic model and with one that asks for
    nothing.
    """
    total = stage.pairs * stage.webhooks
    with crews.hookline(stage, "order", total) as order, crews.hookline(stage, "raw", total) as raw:
        return compare(order, raw, pairs=stage.pairs, count=stage.webhooks)


def partitioned(stage: Stage) -> Measured:
    """The same worker with eight partitions, and with one queue."""
    total = stage.pairs * stage.webhooks
    with (
        crews.hookline(stage, "partitioned", total, partitions=8) as divided,
        crews.hookline(stage, "raw", total) as plain,
    ):
        return compare(divided, plain, pairs=stage.pairs, count=stage.webhooks)


def ordered(stage: Stage) -> Measured:
    """The same worker with eight partitions, of which each shop's order is kept, and without. Of
    each shop there is one webhook: what waits for another of its shop waits for the handler.
    """
    total = stage.pairs * stage.webhooks
    each = messages.EACH_ITS_OWN
    with (
        crews.hookline(stage, "in_order", total, partitions=8, shop=each) as in_order,
        crews.hookline(stage, "partitioned", total, partitions=8, shop=each) as divided,
    ):
        return compare(in_order, divided, pairs=stage.pairs, count=stage.webhooks)


def _once(consumer: str, peer: Peer, stage: Stage) -> Measured:
    """Our worker with a claim on each webhook, and bare clients that make and keep one."""
    total = stage.pairs * stage.webhooks
    with (
        stores.claims() as place,
        crews.hookline(stage, consumer, total, module="ours_once", partitions=0, **place) as ours,
        peer.crew(stage, total, **place) as bare,
    ):
        return compare(ours, bare, pairs=stage.pairs, count=stage.webhooks)


def _against(peer: Peer, stage: Stage) -> Measured:
    total = stage.pairs * stage.webhooks
    with crews.hookline(stage, "decoded", total) as ours, peer.crew(stage, total) as theirs:
        measured = compare(theirs, ours, pairs=stage.pairs, count=stage.webhooks)
    if peer.note:
        measured.notes.append(f"{peer.name}: {peer.note}")
    return measured


faststream, dramatiq = partial(_against, FASTSTREAM), partial(_against, DRAMATIQ)
celery, taskiq = partial(_against, CELERY), partial(_against, TASKIQ)
once_postgres = partial(_once, "in_postgres", TWO_STATEMENTS)
once_redis = partial(_once, "in_redis", TWO_COMMANDS)

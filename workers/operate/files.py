"""Letters to files and back: dropping them from their queues, exporting and importing them."""

import asyncio
import os
from collections.abc import Iterable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from runtime.amqp.confirms import NotPublished
from runtime.amqp.link import Connection
from runtime.amqp.properties import for_copy
from schemas import headers as webhook_headers
from schemas.names import dead_exchange, unrouted_queue
from workers.broker.browse import HeldMessage
from workers.broker.letters import find
from workers.broker.publisher import Publisher
from workers.dead_letters import Filter
from workers.letter import Letter, Source
from workers.letter_file import StoredLetter, line_of
from workers.operate.limits import RATE
from workers.operate.moving import CannotMove, Moved, Moving, Tell, all_of
from workers.operate.releasing import Releasing
from workers.pace import Pace

NOTHING = "nothing"
"""What the control log calls the file of letters that were dropped for good."""


def file_name(app: str) -> str:
    """Return the name of a file for letters that are dropped now."""
    now = datetime.now(UTC)
    return f"dropped-{app}-{now:%Y-%m-%dT%H%M%SZ}.jsonl"


def new_file(path: Path) -> BinaryIO:
    """Open a file for letters that is not there yet, for its owner alone: bodies are private."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    return os.fdopen(descriptor, "wb")


@dataclass(frozen=True, slots=True)
class Drop:
    """How to drop: `rate` letters a second, into a file, or for good; `timeout`: seconds for a
    confirm.
    """

    to: BinaryIO | None = None
    rate: float = RATE
    timeout: float = 10.0


async def drop(
    connection: Connection,
    app: str,
    places: tuple[Source, ...],
    wanted: Filter,
    order: Drop,
    stop: asyncio.Event,
    tell: Tell,
) -> Moved:
    """Take the letters that are meant from their queues, into a file where one is given.

    Each is on the disk before it leaves its queue. Without a file it is gone for good. A sequence
    that one of them halts is told to go on, also before that.
    """
    releasing = Releasing(connection, order.timeout)

    async def write(letter: Letter, message: HeldMessage) -> None:
        if order.to is not None:
            source = letter.source
            line = line_of(app, source, message.routing_key, message.properties, message.body)
            await _write(order.to, line)
        await releasing.release(message)

    moving = Moving(connection, wanted.takes, order.rate, stop, write)
    return await all_of(moving, places, wanted.limit, tell)


async def export(
    connection: Connection,
    app: str,
    places: tuple[Source, ...],
    wanted: Filter,
    to: BinaryIO,
    tell: Tell,
) -> int:
    """Write the letters that are meant into a file, and leave them where they are; count them."""
    count = 0
    async with aclosing(find(connection, places, wanted, with_bodies=True)) as letters:
        async for letter, message in letters:
            source = letter.source
            line = line_of(app, source, message.routing_key, message.properties, message.body)
            to.write(line)
            tell(letter, None)
            count += 1
    to.flush()
    return count


async def bring_in(
    connection: Connection,
    app: str,
    stored: Iterable[StoredLetter],
    rate: float,
    confirm_timeout: float,
    stop: asyncio.Event,
    tell: Tell,
) -> Moved:
    """Put letters of a file back where they lay, until `stop` is set; return what came of it.

    Run again after it was killed, it puts back once more what it had put back.
    """
    publisher = Publisher.on(connection, confirm_timeout)
    pace = Pace(rate)
    count = 0
    for letter in stored:
        if not await pace.turn(stop):
            break

        exchange = unrouted_queue(app)
        key = letter.routing_key
        if letter.source.work is not None:
            exchange = dead_exchange(app)
            key = letter.source.work.name

        copy = for_copy(letter.properties, webhook_headers.kept(letter.properties.headers))
        try:
            await publisher.publish(exchange, key, copy, letter.body)
        except NotPublished as error:
            return Moved(count, problem=f"not imported from letter {count + 1} on: {error}")
        count += 1
        tell(Letter.of(letter.source, letter.properties, key), None)
    return Moved(count)


async def _write(file: BinaryIO, line: bytes) -> None:
    try:
        await asyncio.to_thread(_write_through, file, line)
    except OSError as error:
        raise CannotMove(f"not dropped: the file cannot be written: {error}") from error


def _write_through(file: BinaryIO, line: bytes) -> None:
    file.write(line)
    file.flush()
    os.fsync(file.fileno())

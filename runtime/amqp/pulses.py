"""Reading an app's pulse: the beats of the last seconds, or older ones."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from datetime import UTC, datetime
from typing import NamedTuple

from aiormq import Channel
from aiormq.exceptions import ChannelAccessRefused, ChannelNotFoundEntity

from runtime.amqp.stream import Record, last_chunk, records
from schemas.fleet import DEAD_AFTER_MS
from schemas.pulse import Beat, ProcessKind
from schemas.pulse_records import decode, decode_head
from schemas.pulse_topology import pulse_stream

WINDOW_MS = 20_000
"""How far back beats are read: two of each process that lives, at least."""
FURTHER = 1_500
"""Records that are read further back: an hour of two processes."""
APART_MS = 300_000
"""How far apart the moments are at which an hour is looked at."""
LOOK_MS = 10_000
"""How long such a look is: one beat of each process that lives, at least."""
MOST = 2_000
"""Records of such a look, whatever the broker's clock says."""
FEW = 10
"""Records that come unasked to who may have enough of them."""
NEXT_RECORD_TIMEOUT = 2.0
"""Seconds in which the next record comes, where there is one."""


class NoPulse(Exception):
    """The broker has no such pulse, or we may not read it: that has closed the channel."""


class Beats(NamedTuple):
    """What was read of a pulse, and the offset of its last record; -1 where there is none."""

    beats: list[Beat]
    last: int


async def read(channel: Channel, app: str, now_ms: int) -> Beats | None:
    """Return the beats of the last seconds; those that were written last, where they are older.

    None where the broker has no such pulse, or we may not read it: that closes the channel.
    """
    stream = pulse_stream(app)
    try:
        chunk = await _last_chunk(channel, stream)
    except NoPulse:
        return None
    if not chunk:
        return Beats([], -1)

    last = chunk[-1].offset
    newest = _decoded(chunk)
    since_ms = now_ms - WINDOW_MS
    if newest and all(beat.at < since_ms for beat in newest):
        return Beats(newest, last)

    since = datetime.fromtimestamp(since_ms / 1000, UTC)
    window = await _from(channel, stream, since, last)
    return Beats(window + newest, last)


async def heads(channel: Channel, app: str, now_ms: int) -> AsyncGenerator[Beat, None]:
    """Yield the beats of all processes that may live, without queues: those written last first.

    A beat may come twice. Raises NoPulse.
    """
    stream = pulse_stream(app)
    chunk = await _last_chunk(channel, stream)
    since_ms = now_ms - DEAD_AFTER_MS
    is_recent = False
    for record in chunk:
        beat = decode_head(record.body)
        if beat is not None:
            is_recent = is_recent or beat.at >= since_ms
            yield beat
    if not is_recent:
        return

    since = datetime.fromtimestamp(since_ms / 1000, UTC)
    last = chunk[-1].offset
    async with aclosing(records(channel, stream, since, last, NEXT_RECORD_TIMEOUT, FEW)) as reading:
        async for record in reading:
            beat = decode_head(record.body)
            if beat is not None:
                yield beat


async def _last_chunk(channel: Channel, stream: str) -> list[Record]:
    try:
        await channel.queue_declare(stream, passive=True)
        return await last_chunk(channel, stream)
    except (ChannelNotFoundEntity, ChannelAccessRefused) as error:
        raise NoPulse(stream) from error


async def read_further(channel: Channel, app: str, last: int) -> list[Beat]:
    """Return the beats of the records before this offset, as many as are read further back."""
    stream = pulse_stream(app)
    far_enough_back = last - FURTHER
    start = max(0, far_enough_back)
    return await _from(channel, stream, start, last)


async def of_ingresses(
    channel: Channel, app: str, since_ms: int, until_ms: int, last: int
) -> list[Beat]:
    """Return beats of the ingresses from one moment to another, some of each that lived for long.

    `last` is the offset of the last record, which is not older than `until_ms`.
    """
    stream = pulse_stream(app)
    beats: dict[tuple[str, int], Beat] = {}
    for at_ms in range(since_ms, until_ms, APART_MS):
        for beat in await _ingresses_at(channel, stream, at_ms, last):
            beats[beat.process, beat.at] = beat
    return list(beats.values())


async def _ingresses_at(channel: Channel, stream: str, at_ms: int, last: int) -> list[Beat]:
    """Return a beat of each ingress that lived at a moment, at least."""
    since = datetime.fromtimestamp(at_ms / 1000, UTC)
    found: list[Record] = []
    seen = 0
    async with aclosing(records(channel, stream, since, last, NEXT_RECORD_TIMEOUT, FEW)) as reading:
        async for record in reading:
            seen += 1
            head = decode_head(record.body)
            if head is not None and head.at >= at_ms and head.role is ProcessKind.INGRESS:
                found.append(record)

            is_over = head is not None and head.at > at_ms + LOOK_MS
            if is_over or seen >= MOST:
                break
    return _decoded(found)


async def _from(channel: Channel, stream: str, start: int | datetime, last: int) -> list[Beat]:
    async with aclosing(records(channel, stream, start, last, NEXT_RECORD_TIMEOUT)) as reading:
        found = [record async for record in reading]
    return _decoded(found)


def _decoded(found: Iterable[Record]) -> list[Beat]:
    beats: list[Beat] = []
    for record in found:
        beat = decode(record.body)
        if beat is not None:
            beats.append(beat)
    return beats

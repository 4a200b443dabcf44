"""Reading the pulse: how far back, and what is done where it is silent, missing or closed to us.

Only the stream is fake: it has records at offsets from 0 on, and gives them in chunks of three.
"""

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Any, cast

import pytest
from aiormq import Channel
from aiormq.exceptions import ChannelAccessRefused, ChannelNotFoundEntity

from runtime.amqp import pulses
from runtime.amqp.pulses import FURTHER, WINDOW_MS
from runtime.amqp.stream import Record
from schemas.pulse import Beat, DoorBeat, ProcessKind
from schemas.pulse_records import encode

NOW = 1_764_000_000_000


class FakeStream:
    """A stream with a beat at each of these times; None stands for garbage."""

    def __init__(self, *times: int | None) -> None:
        self.times = times
        self.refusal: Exception | None = None
        self.asked: list[int | datetime] = []

    async def queue_declare(self, name: str, *, passive: bool) -> None:
        """Say whether it is there."""
        assert ("app.pulse", True) == (name, passive)
        if self.refusal is not None:
            raise self.refusal

    def _record(self, offset: int) -> Record:
        at = self.times[offset]
        if at is None:
            return Record(offset, b"garbage")
        return Record(offset, encode(self.beat(at, offset)))

    @staticmethod
    def beat(at: int, offset: int) -> Beat:
        """Return a worker's."""
        return Beat(at, f"process {offset}", ProcessKind.WORKER)

    async def last_chunk(self, *_: Any) -> list[Record]:
        """Return the last three records."""
        count = len(self.times)
        return [self._record(offset) for offset in range(max(0, count - 3), count)]

    async def records(
        self, _: Any, __: str, start: int | datetime, last: int, *___: float
    ) -> AsyncGenerator[Record, None]:
        """Yield what there is from the start on."""
        self.asked.append(start)
        first = start
        if isinstance(start, datetime):
            since = start.timestamp() * 1000
            times = enumerate(self.times)
            first = next(offset for offset, at in times if at is not None and at >= since)
        assert isinstance(first, int)
        for offset in range(first, last + 1):
            yield self._record(offset)

    @property
    def channel(self) -> Channel:
        """As what our code takes it for."""
        return cast("Channel", self)


def streaming(monkeypatch: pytest.MonkeyPatch, *times: int | None) -> FakeStream:
    """Put a stream with these beats in place of the broker's."""
    stream = FakeStream(*times)
    monkeypatch.setattr(pulses, "last_chunk", stream.last_chunk)
    monkeypatch.setattr(pulses, "records", stream.records)
    return stream


async def test_all_beats_of_the_last_seconds_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    old = NOW - WINDOW_MS - 1
    lately = [NOW - 1_000 * second for second in range(18, 0, -1)]
    stream = streaming(monkeypatch, old, old, *lately, None)
    found = await pulses.read(stream.channel, "app", NOW)
    assert found is not None
    assert set(lately) == {beat.at for beat in found.beats}
    assert 20 == found.last


async def test_where_all_are_silent_their_last_beats_are_enough(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stream = streaming(monkeypatch, *[NOW - 3_600_000] * 9)
    found = await pulses.read(stream.channel, "app", NOW)
    assert found is not None
    assert (3, []) == (len(found.beats), stream.asked), "nothing newer is waited for"


async def test_an_empty_pulse_has_no_beats(monkeypatch: pytest.MonkeyPatch) -> None:
    found = await pulses.read(streaming(monkeypatch).channel, "app", NOW)
    assert found is not None
    assert ([], -1) == found


@pytest.mark.parametrize("refusal", [ChannelNotFoundEntity(), ChannelAccessRefused()])
async def test_a_pulse_that_is_missing_or_closed_to_us_is_none(
    monkeypatch: pytest.MonkeyPatch, refusal: Exception
) -> None:
    stream = streaming(monkeypatch, NOW)
    stream.refusal = refusal
    assert await pulses.read(stream.channel, "app", NOW) is None


@pytest.mark.parametrize(("count", "start"), [(5, 0), (FURTHER + 11, 10)])
async def test_further_back_so_many_records_are_read_and_no_more(
    monkeypatch: pytest.MonkeyPatch, count: int, start: int
) -> None:
    stream = streaming(monkeypatch, *range(1, count + 1))
    found = await pulses.read_further(stream.channel, "app", count - 1)
    assert [start] == stream.asked
    assert count - start == len(found)


HOUR_MS = 3_600_000


def in_turn(at: int, offset: int) -> Beat:
    """Return a beat of two ingresses and a worker in turn, which has counted its offset."""
    role = ProcessKind.WORKER if offset % 3 == 2 else ProcessKind.INGRESS
    return Beat(at, "abc"[offset % 3], role, door=DoorBeat(accepted=offset))


async def test_an_hour_of_ingresses_is_looked_at_in_some_moments_from_its_beginning_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    since = NOW - HOUR_MS
    before = [since - 1] * 5
    stream = streaming(monkeypatch, *before, None, *range(since, NOW, 1_000))
    monkeypatch.setattr(stream, "beat", in_turn)
    found = await pulses.of_ingresses(stream.channel, "app", since, NOW, 3_605)
    assert 12 == len(stream.asked)
    assert 12 * 8 == len(found)
    assert {"a", "b"} == {beat.process for beat in found if since == beat.at - beat.at % 300_000}
    assert (since, NOW - 300_000 + 10_000) == (found[0].at, found[-1].at)


async def test_a_beat_is_heard_once_though_it_is_the_first_of_several_moments(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stream = streaming(monkeypatch, NOW)
    monkeypatch.setattr(stream, "beat", in_turn)
    found = await pulses.of_ingresses(stream.channel, "app", NOW - HOUR_MS, NOW, 0)
    assert [NOW] == [beat.at for beat in found]


async def test_a_look_ends_though_the_clocks_of_broker_and_processes_differ(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pulses, "MOST", 4)
    stream = streaming(monkeypatch, NOW, NOW - 1, *range(NOW + 1, NOW + 9))
    monkeypatch.setattr(stream, "beat", in_turn)
    found = await pulses.of_ingresses(stream.channel, "app", NOW, NOW + 1, 9)
    assert [NOW, NOW + 2] == [beat.at for beat in found]


async def test_after_the_newest_beat_nothing_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = streaming(monkeypatch, NOW - 1)
    assert [] == await pulses.of_ingresses(stream.channel, "app", NOW, NOW - 1, 0)
    assert [] == stream.asked

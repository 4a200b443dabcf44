"""With 200 queues, 50 processes and 100,000 dead letters no page is larger than 150 kB."""

import json
from collections.abc import Callable
from dataclasses import replace
from time import monotonic, time
from typing import Any

import pytest

from schemas.control import ControlState
from schemas.dead_letter import MAX_ERROR
from schemas.fleet import Fleet, Heard
from schemas.names import WorkQueue
from schemas.properties import ReceivedProperties
from schemas.pulse import Beat, ProcessKind, QueueBeat
from schemas.pulse_counts import Counts
from tests.workers.console.conftest import Visitor, served_with, visitor_of
from tests.workers.letters import ONE_TOPIC, PATTERN, RUNG, UNROUTED, properties
from tests.workers.test_status_text import NOW, TABLE
from workers.console import answers, dead_letters, journal_page
from workers.console.journal_page import A_PAGE, Found
from workers.console.log_page import MOST as MOST_ENTRIES
from workers.console.scan import Scan
from workers.console.serving import Served
from workers.groups import Grouping
from workers.letter import Letter, Source
from workers.operate.entries import Entry
from workers.operate.rows import Table
from workers.operate.status import Seen

PAGES = (
    "/",
    "/dead-letters",
    "/dead-letters?q=consumer:c7",
    "/waiting",
    "/unrouted",
    "/journal?q=since:1h",
    "/processes",
    "/topology",
    "/log",
)
LARGEST = 150_000
QUEUES = 200
PROCESSES = 50
LETTERS = 100_000


def grown() -> Served:
    """Return a console that has read as much as that."""
    served = served_with()
    served.watch.seen = Seen(table(), ControlState(), fleet())
    for minute in range(60):
        at = int(time() * 1000) - (60 - minute) * 60_000
        served._site.hour.note(Counts("one", at, 0, done(minute), done(minute // 7)))
    for name, shared in served._site.scans.items():
        shared.latest = scan(PLACES[name])
        shared._good_until = monotonic() + 3_600
    served._site.log._entries = (entry(),) * MOST_ENTRIES
    served._site.log._read_to = 0
    return served


def entry() -> Entry:
    """Return an entry of the log that says more than a page shows."""
    return Entry(NOW, HOSTILE, "dropped", {"count": 1, "chosen": {"error": HOSTILE}})


async def searched(*_: object) -> Found:
    """Return what a search of the journal finds at most."""
    written = properties(HOSTILE, webhook_shop=HOSTILE, webhook_id=HOSTILE)
    one = Letter.of(Source("spiffy.journal"), written)
    return Found(letters=[one] * A_PAGE, looked=LETTERS, total=LETTERS)


def done(minute: int) -> dict[str, int]:
    """Return what was done of each queue by a minute, a jagged line."""
    return {
        f"spiffy.consumer-{number % 40}.orders.topic_{number // 40}": minute * minute * 31 % 977
        + 1_000 * minute
        for number in range(QUEUES)
    }


def table() -> Table:
    """Return a table of so many queues, each with something to tell."""
    row = TABLE.queues[0]
    queues = [
        replace(row, consumer=f"consumer-{number % 40}", topic=f"orders/topic_{number // 40}")
        for number in range(QUEUES)
    ]
    return replace(TABLE, queues=tuple(queues), doors=TABLE.doors * 5)


def fleet() -> Fleet:
    """Return so many workers, each with a tenth of the queues."""
    heard = []
    for number in range(PROCESSES):
        queues = {f"app.c{one}.orders.create": QueueBeat(running=1, done=9) for one in range(20)}
        beat = Beat(NOW, f"h{number}:7:ab", ProcessKind.WORKER, f"h{number}", "0.1.0", NOW, queues)
        heard.append(Heard(beat, beat))
    return Fleet(workers=tuple(heard))


PLACES: dict[str, Callable[[int], Source]] = {
    "dead": lambda number: Source.dead(WorkQueue("app", f"c{number % 20}", "orders.create")),
    "waiting": lambda _: RUNG,
    "unrouted": lambda _: UNROUTED,
}
"""Where letters of a kind lie, by the number of their group."""


def scan(place: Callable[[int], Source]) -> Scan:
    """Return what a look through so many letters finds, of 100 groups."""
    grouping = Grouping()
    kinds = [
        one_of(
            place(number),
            f"orders/topic_{number}",
            webhook_shop=f"shop-{number}.spiffystores.com",
            webhook_error=f"KeyError{number}: 'a key that is not there' {'x' * MAX_ERROR}",
            webhook_died_ms=NOW,
            webhook_attempt=12,
        )
        for number in range(100)
    ]
    for one in kinds:
        grouping.add(one)
    groups = tuple(replace(group, count=LETTERS // 100) for group in grouping.groups)
    return Scan(at_ms=NOW, count=LETTERS, letters=kinds * (LETTERS // 100), groups=groups)


def one_of(place: Source, topic: str, **headers: Any) -> Letter:
    """Return a letter that lies there."""
    return Letter.of(place, properties(topic, **headers), PATTERN.name)


HOSTILE = "<'\x1b\u202e\">" * 5_000
"""What takes the more bytes the more of it is escaped."""
LETTER = "/letter?queue=spiffy.dead.erp.orders.create&id=w1"


@pytest.mark.parametrize("bodies", ["masked", "whole"])
@pytest.mark.parametrize(
    "body",
    [
        json.dumps({HOSTILE: HOSTILE, "many": [[HOSTILE[:300]]] * 5_000}),
        json.dumps([[]] * 20_000),
        HOSTILE,
    ],
    ids=["hostile", "empty lists", "unreadable"],
)
async def test_nor_is_that_of_a_letter_whatever_is_in_it(
    bodies: str, body: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers: dict[str, Any] = {
        f"webhook_{name}": HOSTILE
        for name in ("shop", "error", "traceback", "worker", "replay", "secret")
    }
    headers |= {f"http_{number}_{HOSTILE[:300]}": HOSTILE for number in range(50)}
    headers["webhook_traceback"] = f'File "{HOSTILE[:9]}", line 1, in x\n' * 2_000
    headers["webhook_replays"] = 3
    written = properties(HOSTILE, **headers)

    async def first(*_: object) -> tuple[Letter, ReceivedProperties, bytes]:
        found = Letter.of(Source.dead(ONE_TOPIC), written)
        return found, written, body.encode()

    async def write_down(*_: object) -> None:
        """Write nothing."""

    monkeypatch.setattr(dead_letters, "_first", first)
    monkeypatch.setattr(answers, "_write_down", write_down)
    async with visitor_of(served_with(bodies=bodies)) as visitor:
        await visitor.log_in("jane")
        assert LARGEST >= await size(visitor, LETTER)
        form = {"token": await visitor.token()}
        async with visitor.post(LETTER, data=form, headers=visitor.own) as got:
            assert 200 == got.status
            assert LARGEST >= len(await got.read())


async def test_no_page_is_larger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_page, "_searched", searched)
    async with visitor_of(grown()) as visitor:
        await visitor.log_in("jane")
        sizes = {path: await size(visitor, path) for path in PAGES}
        assert {} == {path: size for path, size in sizes.items() if size > LARGEST}


async def size(visitor: Visitor, path: str) -> int:
    """Return the bytes of a page, unpacked."""
    status, text = await visitor.page(path)
    assert 200 == status
    return len(text.encode())

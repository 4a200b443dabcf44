"""`hookline-workers status`: how everything is doing, and what is wrong."""

import asyncio
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime

from runtime.amqp.declare import TopologyDiffersError
from runtime.amqp.link import LOST, Connection, connected, is_being_cancelled, lost_link_as_error
from runtime.columns import columns
from runtime.exit_codes import DONE, FAILED
from schemas.printable import printable, printable_json
from workers.operate.problems import Problem, problems
from workers.operate.rows import DoorRow, QueueRow, Table
from workers.operate.status import StatusReader
from workers.operate.telling import duration
from workers.settings import Settings

REDRAW_EVERY = 2.0
"""Seconds after which `--watch` asks and shows anew."""
TO_THE_TOP = "\x1b[H\x1b[J"
"""Has a terminal begin anew."""
NOTHING = "-"

QUEUES = (
    "consumer", "topic", "state", "ready", "held", "running", "lag", "done/min", "p95", "dead",
    "dead/h", "workers",
)  # fmt: skip
DOORS = ("ingress", "accepted/min", "refused/min", "confirm p99", "in flight", "version")
LEFT = 3
"""Columns of words, aligned to the left; numbers behind them to the right."""


async def show_status(settings: Settings, *, watch: bool, as_json: bool) -> int:
    """Print how the app is doing, once or until interrupted; return the exit code."""
    async with connected(settings.amqp_url, "status") as connection:
        try:
            with lost_link_as_error():
                return await _show(connection, settings.app, watch=watch, as_json=as_json)
        except (TopologyDiffersError, *LOST) as error:
            print(error, file=sys.stderr)
            return FAILED


async def _show(connection: Connection, app: str, *, watch: bool, as_json: bool) -> int:
    is_redrawn = watch and not as_json
    reader = StatusReader(connection, app)
    try:
        while True:
            seen = await reader.read()
            _print(seen.table, as_json=as_json, is_redrawn=is_redrawn)
            if not watch:
                return DONE
            await asyncio.sleep(REDRAW_EVERY)
    except asyncio.CancelledError:
        if watch and is_being_cancelled():
            return DONE  # Ctrl-C is how one ends it
        raise


def _print(table: Table, *, as_json: bool, is_redrawn: bool) -> None:
    shown = json_line(table) if as_json else "\n".join(lines(table))
    if is_redrawn:
        shown = f"{TO_THE_TOP}{shown}"
    print(shown, flush=True)


def json_line(table: Table) -> str:
    """Return the table and what is wrong as one JSON object."""
    whole = asdict(table) | {"problems": [asdict(one) for one in problems(table)]}
    return printable_json(json.dumps(whole, separators=(",", ":")))


def lines(table: Table) -> Iterable[str]:
    """Yield the lines that people read."""
    moment = datetime.fromtimestamp(table.at / 1000, UTC)
    yield f"{table.app} at {moment:%Y-%m-%d %H:%M:%S} UTC"

    yield from columns(QUEUES, [*_rows(table.queues)], LEFT)
    if not table.queues:
        yield "no consumer has a queue yet"
    yield ""
    yield from columns(DOORS, [_of_door(row) for row in table.doors], 1)

    yield ""
    waiting = table.waiting.items()
    rungs = ", ".join(f"{count} for {duration(1000 * seconds)}" for seconds, count in waiting)
    yield f"waiting for a retry: {rungs or 'none'}"
    yield f"unrouted: {_number(table.unrouted.count)}"

    yield ""
    yield from _told(problems(table))


def _told(found: Sequence[Problem]) -> Iterable[str]:
    if not found:
        yield "nothing is wrong"
    for problem in found:
        yield f"! {printable(problem.sentence)}"
        yield f"    {printable(problem.command)}"


def _rows(rows: Iterable[QueueRow]) -> Iterable[tuple[str, ...]]:
    for row in rows:
        yield (row.consumer, row.topic, *_of_queue(row))
        for part in row.partitions:
            # Their dead letters lie together, and the whole's row has told of them.
            yield ("", f"  {part.partition}", *_of_queue(replace(part, dead=None)))


def _of_queue(row: QueueRow) -> tuple[str, ...]:
    return (
        row.state.value,
        _number(row.ready),
        _number(row.held),
        _number(row.running),
        _time(row.lag_ms),
        f"{row.done_a_minute:.0f}",
        _time(row.p95_ms),
        _number(row.dead),
        _number(row.dead_hour),
        _number(row.workers),
    )


def _of_door(row: DoorRow) -> tuple[str, ...]:
    return (
        row.host,
        f"{row.accepted_a_minute:.0f}",
        f"{row.refused_a_minute:.0f}",
        _time(row.confirm_p99_ms),
        _number(row.in_flight),
        row.version,
    )


def _number(value: int | None) -> str:
    return NOTHING if value is None else str(value)


def _time(ms: int | None) -> str:
    return NOTHING if ms is None else duration(ms)

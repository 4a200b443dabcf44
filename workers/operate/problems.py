"""What is wrong, in one sentence each, worst first, with the command that shows more. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from schemas.orders import Order
from workers.operate.row_states import RowState
from workers.operate.rows import DoorRow, QueueRow, Table
from workers.operate.telling import duration, told_moment

LATE_MS = 60_000
"""Lag from which on somebody should look."""
SLOW_CONFIRM_MS = 1_000
MANY_REFUSED = 10
"""Refusals a minute from which on they are told, where fewer are accepted."""

WATCH = "hookline-workers status --watch"
HELD = "hookline-workers waiting list"
PAUSED = "hookline-workers pause"
LETTERS = "hookline-workers dead-letters groups"
SEQUENCES = "hookline-workers dead-letters sequences"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong; of two, that with the lower rank is worse."""

    rank: int
    sentence: str
    command: str


def problems(table: Table) -> tuple[Problem, ...]:
    """Return what is wrong with an app, worst first; of equals, the queue with more in it first."""
    rows = sorted(table.queues, key=lambda row: -((row.ready or 0) + row.dead_hour))
    found = chain(
        _of_app(table),
        chain.from_iterable(map(_of_queue, rows)),
        chain.from_iterable(map(_of_door, table.doors)),
    )
    return tuple(sorted(found, key=lambda problem: problem.rank))


def _of_app(table: Table) -> Iterator[Problem]:
    if not table.has_pulse:
        yield Problem(
            9,
            "no pulse that its user may read: what processes do is not seen",
            "hookline-workers topology verify MODULE",
        )
    elif not table.doors:
        yield Problem(
            0,
            "no ingress is heard: none runs, or none that writes a pulse",
            "hookline-ingress check",
        )

    if not table.queues:
        sentence = f"no consumer has a queue in the app {table.app}: nothing is worked on"
        yield Problem(0, sentence, "hookline-workers topology declare MODULE")
    if table.unrouted.count:
        topics = ", ".join(table.unrouted.topics)
        whose = f"; no consumer takes {topics}" if topics else ""
        count = _counted(table.unrouted.count, "webhook lies", "webhooks lie")
        yield Problem(5, f"{count} unrouted{whose}", f"{LETTERS} --unrouted")
    if len(table.versions) > 1:
        told = [f"{version} ({n})" for version, n in sorted(table.versions.items())]
        each = ", ".join(told)
        yield Problem(8, f"processes of several versions run: {each}", "hookline-workers --version")


def _of_queue(row: QueueRow) -> Iterator[Problem]:
    name = f"{row.consumer} {row.topic}"
    backlog = _backlog(row)

    told = _TOLD.get(row.state)
    if row.state is RowState.PAUSED:
        by = _by_whom(row.pause)
        yield Problem(6, f"{name}: paused{by}, {backlog}", PAUSED)
    elif row.state is RowState.OPEN:
        until = _how_long(row.opened)
        yield Problem(2, f"{name}: its breaker is open{until}, {backlog}", WATCH)

    elif told is None:
        if row.lag_ms is not None and row.lag_ms > LATE_MS:
            rate = f"{row.workers} workers end {row.done_a_minute:g} a minute"
            command = _more_of(row)
            yield Problem(3, f"{name}: {rate}, {backlog}", command)
    elif row.ready or row.held or row.state is RowState.STUCK:
        rank, sentence = told
        command = _more_of(row)
        yield Problem(rank, f"{name}: {sentence}, {backlog}", command)

    yield from _of_letters(row, name)


def _of_letters(row: QueueRow, name: str) -> Iterator[Problem]:
    which = f"--consumer {row.consumer} --topic '{row.topic}'"
    command = f"{LETTERS} {which}"
    name = f"{name}: "
    if row.halted:
        command = f"{SEQUENCES} {which}"
        halted = _counted(row.halted, "shop", "shops")
        name = f"{name}{halted} halted, "

    if row.dead == 0:
        return  # somebody has seen to those that died lately

    if row.dead_hour:
        now = ""
        if row.dead is not None:
            now = f", {row.dead} there now"
        sentence = f"{name}{_letters(row.dead_hour)} in the last hour{now}"
        yield Problem(4, sentence, command)
    elif row.dead:
        sentence = f"{name}{_letters(row.dead)}, none in the last hour"
        yield Problem(7, sentence, command)


def _of_door(row: DoorRow) -> Iterator[Problem]:
    check = "hookline-ingress check"
    if row.confirm_p99_ms > SLOW_CONFIRM_MS:
        seconds = row.confirm_p99_ms / 1000
        yield Problem(
            3, f"ingress {row.host}: the broker takes {seconds:.1f} s to confirm (p99)", check
        )
    if row.refused_a_minute >= MANY_REFUSED and row.refused_a_minute > row.accepted_a_minute:
        refused = f"{row.refused_a_minute:g} refused and {row.accepted_a_minute:g} accepted"
        yield Problem(4, f"ingress {row.host}: {refused} a minute", check)


_TOLD: dict[RowState, tuple[int, str]] = {
    RowState.NOBODY: (1, "nobody consumes it"),
    RowState.STUCK: (1, "stuck: it is consumed, and nothing runs"),
    RowState.FULL: (2, "so much of a partition is held that nothing more of it begins"),
    RowState.LOST: (2, "its workers get nothing from the broker"),
    RowState.RETIRED: (7, "retired, and still there"),
}


def _more_of(row: QueueRow) -> str:
    """Return the command that shows what waits."""
    if not row.held:
        return WATCH
    return f"{HELD} --consumer {row.consumer} --topic '{row.topic}'"


def _backlog(row: QueueRow) -> str:
    waiting = "none waits"
    if row.ready:
        waiting = f"{row.ready} wait"
    if row.held:
        waiting = f"{waiting}, {row.held} are held"
    if not row.ready and not row.held:
        return waiting
    if row.lag_ms is None:
        return waiting

    longest = duration(row.lag_ms)
    return f"{waiting}, for up to {longest}"


def _by_whom(pause: Order | None) -> str:
    """Return who ordered it, until when, and why; a worker may not have heard that it has ended."""
    if pause is None:
        return ""
    said = f" by {pause.by or 'nobody'}"
    if pause.until is not None:
        said = f"{said} until {told_moment(pause.until)}"
    if pause.reason:
        said = f"{said} ({pause.reason})"
    return said


def _how_long(opened: Order | None) -> str:
    """Return until when a breaker is open, how often in a row, and who has told so."""
    if opened is None or opened.until is None:
        return ""
    times = f", time {opened.times} in a row" if opened.times > 1 else ""
    return f" until {told_moment(opened.until)} by {opened.by or 'nobody'}{times}"


def _letters(count: int) -> str:
    return _counted(count, "dead letter", "dead letters")


def _counted(count: int, one: str, more: str) -> str:
    if count == 1:
        return f"1 {one}"
    return f"{count} {more}"

"""`hookline-workers dead-letters`: list them, a line each, and show one whole."""

import json
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from runtime.amqp.channels import KeptChannel
from runtime.amqp.declare import TopologyDiffersError
from runtime.amqp.link import Connection, connected
from runtime.exit_codes import DONE, FAILED
from schemas.names import WorkQueue, work_queues
from schemas.printable import printable, printable_block, printable_json
from workers.broker import control
from workers.broker.browse import HeldMessage
from workers.broker.letters import find
from workers.broker.version import check_version
from workers.dead_letters import Filter, page, row
from workers.settings import Settings, SettingsError

COLUMNS = ("id", "consumer", "topic", "reason", "attempt", "replays", "died", "shop", "error")


async def list_letters(
    settings: Settings, wanted: Filter, limit: int | None, *, as_json: bool
) -> int:
    """Print a line for each dead letter that is meant; return the exit code."""
    found = 0
    async with aclosing(_found(settings, wanted, limit)) as letters:
        async for queue, letter in letters:
            print_row(row(queue, letter), as_json=as_json, is_first=found == 0)
            found += 1
    if not found:
        _tell_none(wanted)
    return DONE


async def show_letters(
    settings: Settings, wanted: Filter, limit: int | None, *, as_json: bool
) -> int:
    """Print the dead letters of one webhook wholly; return the exit code."""
    if not wanted.id:
        raise SettingsError("say which: --id ID (dead-letters list shows them)")

    found = 0
    async with aclosing(_found(settings, wanted, limit)) as letters:
        async for queue, letter in letters:
            print_page(page(queue, letter), as_json=as_json)
            found += 1
    if not found:
        _tell_none(wanted)
        return FAILED
    return DONE


async def _found(
    settings: Settings, wanted: Filter, limit: int | None
) -> AsyncGenerator[tuple[WorkQueue, HeldMessage], None]:
    async with connected(settings.amqp_url, "dead-letters") as connection:
        queues = await queues_of(connection, settings.app, wanted)
        async with aclosing(find(connection, queues, wanted, limit)) as letters:
            async for queue, letter in letters:
                yield queue, letter


async def queues_of(connection: Connection, app: str, wanted: Filter) -> set[WorkQueue]:
    """Return the queues to look through: those that the control log tells of, retired ones too.

    Raises SettingsError where there is none, or none that can be meant.
    """
    kept = KeptChannel.on(connection)
    state = await control.read(await kept.get(), app)
    try:
        await check_version(kept, app, state)
    except TopologyDiffersError as error:
        raise SettingsError(str(error)) from error
    if state is None:
        raise SettingsError(
            f"the broker holds no consumer's queues of an app {app!r}; "
            "see HOOKLINE_APP and HOOKLINE_AMQP_URL"
        )

    known = work_queues(state.queues)
    wanted.check(known)
    return {queue for queue in known if wanted.takes_queue(queue)}


def print_row(described: dict[str, Any], *, as_json: bool, is_first: bool) -> None:
    """Print a letter in a line, under a heading where it is the first.

    What strangers wrote moves no cursor and forges no row; in JSON nothing is lost by that.
    """
    if as_json:
        print(_json(described))
        return

    if is_first:
        print("  ".join(COLUMNS))
    cells: list[str] = []
    for name in COLUMNS:
        cell = printable(str(described[name]))
        cells.append(cell or "-")
    print("  ".join(cells))


def print_page(described: dict[str, Any], *, as_json: bool) -> None:
    """Print a whole letter, as safely as a row."""
    if as_json:
        print(_json(described))
        return

    for name, value in described.items():
        print(f"{name}: {_shown(value)}")


def _shown(value: object) -> str:
    """Return a value for a terminal, its further lines indented: none looks like another value."""
    if isinstance(value, dict):
        return _json(value)

    return printable_block(str(value)).replace("\n", "\n  ")


def _json(value: dict[str, Any]) -> str:
    compact = json.dumps(value, default=str, separators=(",", ":"))
    return printable_json(compact)


def _tell_none(wanted: Filter) -> None:
    told = "no dead letter"
    if wanted.id:
        webhook_id = printable(wanted.id)
        told = f"no dead letter with id {webhook_id}"
    print(told, file=sys.stderr)

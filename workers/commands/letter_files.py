"""`hookline-workers dead-letters drop`, `export` and `import`: letters to files and back."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import BinaryIO

from runtime.agreeing import is_agreed
from runtime.amqp.link import Connection, connected
from runtime.exit_codes import DONE, FAILED
from schemas.control import What
from schemas.letter_lines import BadLine
from workers.broker.letters import held_elsewhere
from workers.commands.acting import Progress, ended_by_signals, write_down
from workers.commands.asking import after_asking
from workers.commands.dead_letters import tell_held
from workers.dead_letters import Filter
from workers.letter import Source
from workers.letter_file import StoredLetter, letters_in
from workers.letter_options import filter_of
from workers.operate.files import NOTHING, Drop, bring_in, drop, export, file_name, new_file
from workers.operate.letters import sources
from workers.operate.moving import Moved
from workers.settings import Settings, SettingsError


async def drop_letters(arguments: argparse.Namespace, settings: Settings) -> int:
    """Take the letters that are meant away, into a file by default; return the exit code."""
    find_places = partial(sources, unrouted=arguments.unrouted)
    return await after_asking("drop", arguments, settings, find_places, _drop)


async def _drop(
    connection: Connection,
    arguments: argparse.Namespace,
    settings: Settings,
    places: tuple[Source, ...],
    wanted: Filter,
) -> int:
    app = settings.app
    path = None
    if not arguments.for_good:
        path = arguments.to or Path(file_name(app))

    progress = Progress("dropped", as_json=arguments.json)
    opened = _file_for(path)
    with ended_by_signals() as stop, opened as file:
        order = Drop(file, arguments.rate, settings.confirm_timeout)
        moved = await drop(connection, app, places, wanted, order, stop, progress.tell)

    was_stopped = stop.is_set()
    code = progress.end(moved, is_stopped=was_stopped)
    into = _told_file(path)
    await write_down(connection, settings, What.DROPPED, moved, wanted, name=into)
    return code


def _file_for(path: Path | None) -> AbstractContextManager[BinaryIO | None]:
    if path is None:
        return nullcontext(None)
    return _new(path)


def _told_file(path: Path | None) -> str:
    """Say where the letters are now, and return it; a file that holds none is taken away."""
    if path is None:
        return NOTHING

    found = path.stat()
    if found.st_size:
        print(f"they are in {path}, and can be imported again", file=sys.stderr)
    else:
        path.unlink()
    return str(path)


async def export_letters(arguments: argparse.Namespace, settings: Settings) -> int:
    """Write the letters that are meant into a file; return the exit code."""
    wanted = filter_of(arguments)
    async with connected(settings.amqp_url, "dead-letters") as connection:
        places = await sources(connection, settings.app, wanted, unrouted=arguments.unrouted)
        tell_held(await held_elsewhere(connection, places))
        progress = Progress("exported", as_json=arguments.json)
        with _new(arguments.to) as file:
            count = await export(connection, settings.app, places, wanted, file, progress.tell)
    return progress.end(Moved(count), is_stopped=False)


async def import_letters(arguments: argparse.Namespace, settings: Settings) -> int:
    """Put the letters of a file back where they lay; return the exit code."""
    app = settings.app
    queues = Counter(letter.source.name for letter in _stored(arguments.file, app))
    for name, count in sorted(queues.items()):
        print(f"{name}: {count}")
    if arguments.dry_run:
        print(f"dry run, nothing done: {queues.total()} to import", file=sys.stderr)
        return DONE
    if not await is_agreed(arguments, "import them?"):
        return FAILED

    progress = Progress("imported", as_json=False)
    async with connected(settings.amqp_url, "dead-letters") as connection:
        stored = _stored(arguments.file, app)
        timeout = settings.confirm_timeout
        with ended_by_signals() as stop:
            moved = await bring_in(
                connection, app, stored, arguments.rate, timeout, stop, progress.tell
            )
        code = progress.end(moved, is_stopped=stop.is_set())
        path = str(arguments.file)
        await write_down(connection, settings, What.IMPORTED, moved, Filter(), name=path)
    return code


def _new(path: Path) -> BinaryIO:
    try:
        return new_file(path)
    except OSError as error:
        raise SettingsError(f"{path}: no new file: {error.strerror}") from error


def _stored(path: Path, app: str) -> Iterator[StoredLetter]:
    try:
        with path.open("rb") as file:
            yield from letters_in(file, app)
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from error
    except BadLine as error:
        raise SettingsError(f"{path}: {error}") from error

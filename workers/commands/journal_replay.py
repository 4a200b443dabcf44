"""`hookline-workers journal replay`: have one consumer handle again what has come in."""

import argparse
import sys
from contextlib import aclosing
from dataclasses import dataclass
from time import time

from runtime.agreeing import is_agreed, is_asked
from runtime.amqp.link import Connection, connected
from runtime.exit_codes import DONE, FAILED
from schemas.control import What
from workers.commands.acting import Progress, ended_by_signals, write_down
from workers.commands.bar import Bar
from workers.commands.journal import LOOKED, tell_none
from workers.commands.letter_lines import print_kept
from workers.journal_options import sought_of
from workers.operate.journal import Kept, search
from workers.operate.journal_replay import Replay, default_name, replay
from workers.operate.takers import Takers, takers
from workers.settings import Settings, SettingsError
from workers.sought import Sought


async def replay_journal(arguments: argparse.Namespace, settings: Settings) -> int:
    """Replay what is meant to the consumer, and print each; return the exit code."""
    sought = sought_of(arguments)
    if sought.is_empty and not arguments.all:
        raise SettingsError(
            "say what to replay: --since 14:00 --until 17:05, --topic T, --shop S, --id ID or "
            "--all (--dry-run says how many that are)"
        )

    consumer = arguments.consumer
    async with connected(settings.amqp_url, arguments.command) as connection:
        taking = await takers(connection, settings.app, consumer, force=arguments.force)
        total: int | None = None
        if arguments.dry_run or is_asked(arguments):
            total = await _count(connection, taking, sought)

            if arguments.dry_run:
                print(f"dry run, nothing done: {total} to replay to {consumer}", file=sys.stderr)
                return DONE
            if not await is_agreed(arguments, f"replay {total} to {consumer}?"):
                return FAILED

        acting = _Acting(connection, arguments, settings, taking, total)
        return await acting.replay(sought)


async def _count(connection: Connection, taking: Takers, sought: Sought) -> int:
    bar = Bar(LOOKED)
    count = 0
    found = search(connection, taking.app, sought, bar.draw, takes=taking.takes)
    async with aclosing(found) as all_kept:
        async for _ in all_kept:
            count += 1
    bar.clear()
    return count


@dataclass(frozen=True, slots=True)
class _Acting:
    """What is agreed; `total` is how many are meant, where that was counted."""

    connection: Connection
    arguments: argparse.Namespace
    settings: Settings
    taking: Takers
    total: int | None

    async def replay(self, sought: Sought) -> int:
        """Replay, and show how it goes; return the exit code."""
        arguments = self.arguments
        now_ms = int(time() * 1000)
        name = arguments.name or default_name(now_ms)
        timeout = self.settings.confirm_timeout
        order = Replay(name, arguments.rate, again=arguments.again, timeout=timeout)
        progress = Progress("replayed", as_json=arguments.json, show=print_kept)
        bar = Bar(LOOKED)
        last = -1

        def tell(kept: Kept) -> None:
            nonlocal last
            last = kept.letter.place
            bar.clear()
            progress.tell(kept.letter, self.total)

        taking = self.taking
        with ended_by_signals() as stop:
            moved = await replay(self.connection, taking, sought, order, stop, tell, bar.draw)

        bar.clear()
        code = progress.end(moved, is_stopped=stop.is_set())
        is_unfinished = stop.is_set() or moved.problem
        if is_unfinished and last >= 0:
            print(f"to go on from there: the same with --after {last}", file=sys.stderr)
        elif not is_unfinished and not moved.count:
            tell_none(sought)
        chosen = taking.chosen(sought)
        await write_down(self.connection, self.settings, What.REPLAYED, moved, chosen, name=name)
        return code

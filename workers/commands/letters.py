"""`hookline-workers dead-letters`, `journal` and `waiting`: which function does what was asked."""

import argparse
from collections.abc import Awaitable, Callable

from workers.commands import (
    dead_letters,
    journal,
    journal_replay,
    letter_files,
    replay,
    waiting,
)
from workers.settings import Settings

_ACTIONS: dict[str, Callable[[argparse.Namespace, Settings], Awaitable[int]]] = {
    "dead-letters groups": dead_letters.list_groups,
    "dead-letters list": dead_letters.list_letters,
    "dead-letters sequences": dead_letters.list_sequences,
    "dead-letters show": dead_letters.show_letters,
    "dead-letters replay": replay.replay_letters,
    "dead-letters drop": letter_files.drop_letters,
    "dead-letters export": letter_files.export_letters,
    "dead-letters import": letter_files.import_letters,
    "journal list": journal.list_journal,
    "journal show": journal.show_journal,
    "journal replay": journal_replay.replay_journal,
    "waiting list": waiting.list_waiting,
    "waiting now": waiting.hurry_waiting,
    "waiting cancel": waiting.cancel_waiting,
}


async def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Do what was asked; return the exit code."""
    action = _ACTIONS[arguments.command]
    return await action(arguments, settings)

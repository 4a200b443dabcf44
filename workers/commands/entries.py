"""What runs for each command. Each imports what it needs when it runs: others start sooner."""

import argparse
from collections.abc import Callable
from typing import Any, TypeAlias

from runtime import lifetime
from runtime.early import answer_signals_early
from schemas.names import WorkQueue
from workers.consumer import BadConsumer, Consumer
from workers.discovery import load
from workers.own_queues import OwnQueues
from workers.selection import select
from workers.settings import Settings


def _run(arguments: argparse.Namespace, settings: Settings) -> int:
    answer_signals_early()
    from workers.commands.run import run_anew, run_processes, run_worker

    if arguments.reload:
        return lifetime.run(run_anew(settings, arguments.given, arguments.processes))
    consumers = _consumers(arguments)
    if arguments.processes > 1:
        return lifetime.run(run_processes(settings, arguments.given, arguments.processes))
    return lifetime.run(run_worker(settings, consumers))


def _check(arguments: argparse.Namespace, settings: Settings) -> int:
    from workers.commands.check import check

    return lifetime.run(check(settings, _consumers(arguments)))


def _show_topology(arguments: argparse.Namespace, settings: Settings) -> int:
    from workers.commands.topology import show_topology

    return show_topology(settings, _consumers(arguments))


def _export_topology(arguments: argparse.Namespace, settings: Settings) -> int:
    from workers.commands.export import export_topology
    from workers.commands.operator_resources import export_resources

    queues = _queues(arguments, settings)
    export = {"definitions": export_topology, "operator": export_resources}[arguments.format]
    return export(settings, queues, with_users=arguments.users, passwords=arguments.passwords)


def _declare_topology(arguments: argparse.Namespace, settings: Settings) -> int:
    from workers.commands.topology import declare_topology

    return lifetime.run(declare_topology(settings, _own_queues(arguments, settings)))


def _verify_topology(arguments: argparse.Namespace, settings: Settings) -> int:
    from workers.commands.topology import verify_topology

    return lifetime.run(verify_topology(settings, _own_queues(arguments, settings)))


def _retire_queues(arguments: argparse.Namespace, settings: Settings) -> int:
    from workers.commands.retire import retire_queues
    from workers.dead_letters import Filter

    wanted = Filter(arguments.consumer, arguments.topic)
    retiring = retire_queues(
        settings, wanted, to=arguments.to, drop=arguments.drop, dry_run=arguments.dry_run
    )
    return lifetime.run(retiring)


def _partition_topics(arguments: argparse.Namespace, settings: Settings) -> int:
    from workers.commands.partition import partition_topics

    return lifetime.run(
        partition_topics(settings, arguments.consumer, arguments.topic, arguments.into)
    )


def _status(arguments: argparse.Namespace, settings: Settings) -> int:
    from workers.commands.status import show_status

    return lifetime.run(show_status(settings, watch=arguments.watch, as_json=arguments.json))


def _letters(arguments: argparse.Namespace, settings: Settings) -> int:
    from workers.commands.letters import run

    return lifetime.run(run(arguments, settings))


def _tap(arguments: argparse.Namespace, settings: Settings) -> int:
    from workers.commands.tap import tap

    return lifetime.run(tap(arguments, settings))


def _order(arguments: argparse.Namespace, settings: Settings) -> int:
    from workers.commands.control import run

    return lifetime.run(run(arguments, settings))


def _console(_: argparse.Namespace, settings: Settings) -> int:
    from workers.commands.console import run_console
    from workers.console.settings import ConsoleSettings

    assert isinstance(settings, ConsoleSettings)  # noqa: S101 - see settings_of
    return lifetime.run(run_console(settings))


def _console_hash(arguments: argparse.Namespace, _: Settings) -> int:
    from workers.commands.console import print_hash

    return print_hash(arguments.name, arguments.role)


def _deploy(arguments: argparse.Namespace, settings: Settings) -> int:
    from workers.commands.deploy import deploy

    return deploy(settings, _consumers(arguments), arguments)


def _docs(arguments: argparse.Namespace, settings: Settings) -> int:
    from workers.commands.docs import docs

    return docs(settings, _consumers(arguments), arguments.to)


def _new(arguments: argparse.Namespace, _: Settings) -> int:
    from workers.commands.new import new

    return new(arguments.name)


Command: TypeAlias = Callable[[argparse.Namespace, Settings], int]

COMMANDS: dict[str, Command] = {
    "run": _run,
    "check": _check,
    "topology show": _show_topology,
    "topology declare": _declare_topology,
    "topology verify": _verify_topology,
    "topology export": _export_topology,
    "topology retire": _retire_queues,
    "topology partition": _partition_topics,
    "status": _status,
    "dead-letters groups": _letters,
    "dead-letters list": _letters,
    "dead-letters sequences": _letters,
    "dead-letters show": _letters,
    "dead-letters replay": _letters,
    "dead-letters drop": _letters,
    "dead-letters export": _letters,
    "dead-letters import": _letters,
    "journal list": _letters,
    "journal show": _letters,
    "journal replay": _letters,
    "waiting list": _letters,
    "waiting now": _letters,
    "waiting cancel": _letters,
    "tap": _tap,
    **dict.fromkeys(("pause", "resume", "set", "log"), _order),
    "console": _console,
    "console hash": _console_hash,
    **dict.fromkeys(("deploy kubernetes", "deploy compose", "deploy systemd"), _deploy),
    "docs": _docs,
    "new": _new,
}
"""What runs for each command that `command_line` knows."""


def _consumers(arguments: argparse.Namespace) -> tuple[Consumer[Any], ...]:
    """Return what the modules hold; with `run`'s filters, what is left, which must be something."""
    consumers = load(arguments.module)
    if not consumers:
        raise BadConsumer(
            "no consumer: name a module that holds some, or install a package that offers them"
        )
    return select(
        consumers,
        names=getattr(arguments, "consumer", []),
        topics=getattr(arguments, "topic", []),
        concurrency=getattr(arguments, "concurrency", None),
    )


def _own_queues(arguments: argparse.Namespace, settings: Settings) -> OwnQueues:
    return OwnQueues.of(settings.app, _consumers(arguments))


def _queues(arguments: argparse.Namespace, settings: Settings) -> list[WorkQueue]:
    queues: list[WorkQueue] = []
    for one in _consumers(arguments):
        queues += one.queues(settings.app)
    return queues

"""The command `hookline-workers`: run consumers, care for their topology, look after dead letters.

Exit codes: 0 done, 1 failed, 2 bad usage or settings, 3 drained but cut off unfinished handlers.
"""

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from typing import Any, TypeAlias

from runtime.early import answer_signals_early
from runtime.hiding import NAMES, told_hidden
from runtime.lifetime import BAD_USAGE, FAILED
from runtime.lifetime import run as loop
from runtime.piped import quietly_piped
from runtime.version import add_version
from schemas.names import WorkQueue
from workers.consumer import BadConsumer, Consumer
from workers.discovery import load
from workers.options import MAX_CONCURRENCY
from workers.selection import select
from workers.settings import Settings, SettingsError, read


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    return quietly_piped(partial(_main, sys.argv[1:] if argv is None else argv))


def _main(given: Sequence[str]) -> int:
    from runtime.amqp.link import Unreachable

    arguments = _parser().parse_args(given, argparse.Namespace(given=given))
    try:
        settings = read()
        return int(arguments.command(arguments, settings))
    except (SettingsError, BadConsumer) as error:
        print(error, file=sys.stderr)
        return BAD_USAGE
    except Unreachable as error:
        print(error, file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return FAILED


Commands: TypeAlias = Any
"""What `add_subparsers` returns: argparse has no public name for it."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "hookline-workers", description="Runs webhook consumers on RabbitMQ."
    )
    add_version(parser)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    _add_run(commands)
    _add_topology(commands)
    _add_dead_letters(commands)
    _modules(
        commands.add_parser("check", help="settings, consumers and broker; changes nothing"), _check
    )
    return parser


def _add_run(commands: Commands) -> None:
    run = commands.add_parser("run", help="consume until SIGTERM, then drain")
    _modules(run, _run)
    run.add_argument(
        "--topic",
        action="append",
        default=[],
        metavar="T",
        help="only this topic's queues; repeatable",
    )
    run.add_argument(
        "--consumer",
        action="append",
        default=[],
        metavar="C",
        help="only this consumer; repeatable",
    )
    run.add_argument(
        "--processes",
        type=int,
        choices=range(1, 65),
        default=1,
        metavar="N",
        help="so many of them",
    )
    run.add_argument(
        "--concurrency",
        type=_concurrency,
        metavar="N",
        help="handlers at once a queue, for all consumers",
    )


def _add_topology(commands: Commands) -> None:
    topology = commands.add_parser(
        "topology", help="exchanges, queues and bindings of the consumers"
    )
    actions = topology.add_subparsers(required=True, metavar="ACTION")
    for name, text in (
        ("show", "print them, as a tree"),
        ("declare", "make the broker hold them"),
        ("verify", "say what on the broker differs"),
        ("export", "print them as RabbitMQ definitions, for an operator to import"),
    ):
        _modules(actions.add_parser(name, help=text), _topology).set_defaults(action=name)

    retire = actions.add_parser(
        "retire", help="end a consumer's queues: unbind them, move or drop what is left"
    )
    retire.set_defaults(command=_retire)
    retire.add_argument("consumer", metavar="CONSUMER", help="whose queues")
    retire.add_argument("--topic", metavar="T", help="only this topic's queue")
    what = retire.add_mutually_exclusive_group()
    what.add_argument(
        "--to",
        metavar="CONSUMER",
        help="move what is left to this consumer's queue of the same topic",
    )
    what.add_argument("--drop", action="store_true", help="drop what is left, dead letters too")
    retire.add_argument("--dry-run", action="store_true", help="only say what would become of what")


def _add_dead_letters(commands: Commands) -> None:
    letters = commands.add_parser("dead-letters", help="webhooks given up on")
    actions = letters.add_subparsers(required=True, metavar="ACTION")
    for name, text in (
        ("list", "a line each"),
        ("show", "one whole, with its traceback, headers and body"),
        ("replay", "put them back on their queue"),
    ):
        action = actions.add_parser(name, help=text)
        action.set_defaults(command=_dead_letters, action=name)
        action.add_argument("--consumer", metavar="C")
        action.add_argument("--topic", metavar="T")
        action.add_argument("--id", metavar="ID", help="the webhook's id")
        action.add_argument("--limit", type=_positive, metavar="N")
        action.add_argument("--json", action="store_true", help="a JSON object a line")


def _modules(parser: argparse.ArgumentParser, command: Any) -> argparse.ArgumentParser:
    parser.add_argument(
        "module",
        nargs="*",
        metavar="MODULE",
        help="holds consumers; none: those of installed packages",
    )
    parser.set_defaults(command=command)
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 on")
    return int(text)


def _concurrency(text: str) -> int:
    number = _positive(text)
    if number > MAX_CONCURRENCY:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 on to {MAX_CONCURRENCY}")
    return number


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


def _queues(arguments: argparse.Namespace, settings: Settings) -> list[WorkQueue]:
    return [queue for one in _consumers(arguments) for queue in one.queues(settings.app)]


def _run(arguments: argparse.Namespace, settings: Settings) -> int:
    answer_signals_early()
    from workers.commands import run

    consumers = _consumers(arguments)
    if arguments.processes > 1:
        return loop(run.run_many(settings, arguments.given, arguments.processes))
    return loop(run.run(settings, consumers))


def _topology(arguments: argparse.Namespace, settings: Settings) -> int:
    from workers.commands import topology

    return loop(topology.run(arguments.action, settings, _queues(arguments, settings)))


def _retire(arguments: argparse.Namespace, settings: Settings) -> int:
    from workers.commands import retire
    from workers.dead_letters import Filter

    wanted = Filter(arguments.consumer, arguments.topic)
    return loop(
        retire.run(
            settings, wanted, to=arguments.to, drop=arguments.drop, dry_run=arguments.dry_run
        )
    )


def _dead_letters(arguments: argparse.Namespace, settings: Settings) -> int:
    from workers.commands import dead_letters
    from workers.dead_letters import Filter

    wanted = Filter(arguments.consumer, arguments.topic, arguments.id)
    return loop(
        dead_letters.run(
            arguments.action, settings, wanted, arguments.limit, as_json=arguments.json
        )
    )


def _check(arguments: argparse.Namespace, settings: Settings) -> int:
    from workers.commands import topology

    consumers = _consumers(arguments)
    for sentence in filter(None, map(told_hidden, NAMES)):
        print(f"warning: {sentence}", file=sys.stderr)
    for one in consumers:
        print(
            f"consumer {one.name}: {' '.join(one.topics)} -> {one.payload}, {one.concurrency} at once a queue"
        )
    return loop(topology.run("check", settings, _queues(arguments, settings)))


if __name__ == "__main__":
    sys.exit(main())

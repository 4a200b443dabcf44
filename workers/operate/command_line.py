"""The command line's share of orders: what `pause`, `resume`, `set` and `log` may be told."""

import argparse
from typing import Any, NamedTuple

from schemas.limits import check_limit, check_places
from workers import durations

CONCURRENCY = "concurrency"
DEFAULT = "default"


def add_orders(commands: Any) -> None:
    """Add the commands; `commands` is what argparse's `add_subparsers` returned."""
    pause = commands.add_parser(
        "pause", help="have workers take nothing of a consumer's queues; alone: what is paused"
    )
    pause.set_defaults(command="pause")
    _add_target(pause, nargs="?")
    _add_for(pause)
    _add_giver(pause)

    resume = commands.add_parser("resume", help="end a pause")
    resume.set_defaults(command="resume")
    _add_target(resume)
    _add_giver(resume)

    setting = commands.add_parser(
        "set", help="change how many handlers of a consumer run at once, or its limits"
    )
    setting.set_defaults(command="set")
    _add_target(setting)
    setting.add_argument(
        "setting",
        type=_setting,
        metavar="NAME=VALUE",
        help="concurrency=N, so many a worker and queue; rate=60/m, per_shop=2, per_shop_rate=10/m "
        "for all workers together, or =none for no such limit; =default: as the consumer declares",
    )
    _add_for(setting)
    _add_giver(setting)

    log = commands.add_parser("log", help="who ordered and did what, when")
    log.set_defaults(command="log")
    log.add_argument("--since", type=duration, metavar="2h", help="only what is no older")
    log.add_argument("--json", action="store_true", help="a JSON object a line")


def duration(text: str) -> int:
    """Return a duration's seconds, for argparse."""
    try:
        return durations.duration(text)
    except durations.BadDuration as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _add_target(command: argparse.ArgumentParser, nargs: str | None = None) -> None:
    command.add_argument("consumer", nargs=nargs, metavar="CONSUMER", help="whose queues")
    command.add_argument("--topic", metavar="T", help="only this topic's queue")


def _add_for(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--for", dest="seconds", type=duration, metavar="2h", help="it ends by itself after so long"
    )


def _add_giver(command: argparse.ArgumentParser) -> None:
    command.add_argument("--reason", default="", metavar="TEXT", help="why, for who asks later")
    command.add_argument("--by", metavar="WHO", help="who orders it; else user@host")


class Setting(NamedTuple):
    """What is to be set; an empty value is what the consumer declares."""

    name: str
    value: str


def _setting(text: str) -> Setting:
    """Return what `concurrency=4`, `rate=60/m` or `per_shop=default` says."""
    name, _, value = text.partition("=")
    given = Setting(name, "" if value == DEFAULT else value or "nothing")
    try:
        if name != CONCURRENCY:
            check_limit(name, given.value)
        elif given.value:
            check_places(given.value)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text[:40]!r}: {error}; write concurrency=4, rate=60/m, per_shop=2 or "
            "per_shop_rate=10/m, =default for what is declared, and of limits =none"
        ) from error
    return given

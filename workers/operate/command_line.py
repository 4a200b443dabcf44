"""The command line's share of orders: what `pause`, `resume`, `set` and `log` may be told."""

import argparse
from typing import Any

from schemas.orders import MAX_CONCURRENCY
from workers import durations


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

    setting = commands.add_parser("set", help="change how many handlers of a consumer run at once")
    setting.set_defaults(command="set")
    _add_target(setting)
    setting.add_argument(
        "concurrency",
        type=_concurrency,
        metavar="concurrency=N",
        help="so many a worker and queue; concurrency=default: as many as the consumer declares",
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


def _concurrency(text: str) -> int | None:
    """Return the number in `concurrency=4`; None for `concurrency=default`."""
    name, _, value = text.partition("=")
    if name == "concurrency" and value == "default":
        return None

    is_number = value.isascii() and value.isdecimal() and len(value) < len("100000")
    if name != "concurrency" or not is_number or not 1 <= int(value) <= MAX_CONCURRENCY:
        raise argparse.ArgumentTypeError(
            f"{text[:40]!r}: write concurrency=4, from 1 on to {MAX_CONCURRENCY}, "
            "or concurrency=default"
        )
    return int(value)

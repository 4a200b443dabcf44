"""The command `hookline-ingress`: take webhooks in, send one, explain one, check the settings.

Exit codes: 0 done, 1 failed or does not verify, 2 bad usage or settings, 3 where `check` found
another topology.
"""

import argparse
import sys
from collections.abc import Coroutine, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ingress.sampled import HERE, SHOP
from ingress.settings import SettingsError, read, read_apps
from runtime.early import answer_signals_early
from runtime.exit_codes import BAD_USAGE, FAILED
from runtime.lifetime import run as loop
from runtime.piped import quietly_piped
from runtime.version import add_version


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    return quietly_piped(partial(_main, sys.argv[1:] if argv is None else argv))


def _main(given: Sequence[str]) -> int:
    arguments = _parser().parse_args(given, argparse.Namespace(given=given))
    command = _COMMANDS[arguments.command]
    try:
        return loop(command(arguments))
    except SettingsError as error:
        print(error, file=sys.stderr)
        return BAD_USAGE
    except KeyboardInterrupt:
        return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "hookline-ingress", description="Takes in webhooks, onto RabbitMQ."
    )
    add_version(parser)
    _add_serving(parser)

    commands = parser.add_subparsers(metavar="COMMAND", dest="command")
    serve = commands.add_parser("serve", help="listen until SIGTERM, then drain (the default)")
    _add_serving(serve)
    commands.add_parser("check", help="settings, broker, topology; changes nothing")
    send = commands.add_parser("send", help="sign a file as the platform does, and post it")
    _add_sending(send)
    explain = commands.add_parser("explain", help="say why a captured request does not verify")
    _add_explaining(explain)

    parser.set_defaults(command="serve", shared=False, processes=1)
    return parser


def _add_serving(parser: argparse.ArgumentParser) -> None:
    """Take what `serve` takes: the command alone does too, for `serve` need not be said."""
    # With a default, what is not said behind `serve` would undo what is said before it.
    unset = argparse.SUPPRESS
    parser.add_argument(
        "--processes",
        type=int,
        choices=range(1, 65),
        default=unset,
        metavar="N",
        help="so many share the port",
    )
    # What the processes are told.
    parser.add_argument("--shared", action="store_true", default=unset, help=argparse.SUPPRESS)


def _add_sending(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("topic", nargs="?", metavar="TOPIC", help="orders/create")
    parser.add_argument(
        "file",
        nargs="?",
        metavar="FILE",
        type=Path,
        help="the body; .xml is sent as XML, all else as JSON",
    )
    parser.add_argument(
        "--sample", metavar="TOPIC", help="in place of both: the sample of a topic with a model"
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        dest="changes",
        metavar="FIELD=VALUE",
        help="of a sample: currency=NZD, customer.email=a@b.example, line_items.0.quantity=2",
    )
    parser.add_argument(
        "--shop",
        default="",
        help="johns-apparel.spiffystores.com; needed where the platform has a header for it, "
        f"but for a sample ({SHOP})",
    )
    parser.add_argument(
        "--to",
        metavar="URL",
        help=f"http://127.0.0.1:8080/webhooks/spiffy; of a sample {HERE}/webhooks/APP by itself",
    )
    parser.add_argument(
        "--app", help="whose secret signs; needed where several apps are configured"
    )


def _add_explaining(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        metavar="FILE",
        type=Path,
        help="the raw body; or the whole request, from POST … on, or as curl --trace wrote it",
    )
    parser.add_argument(
        "--signature", metavar="S", help="the header's value; needed where FILE is a body"
    )
    parser.add_argument(
        "--secret",
        action="append",
        default=[],
        metavar="S",
        help="what it should be signed with; repeatable; else those of the settings, which `ps` "
        "does not show",
    )
    parser.add_argument("--app", help="whose secrets; needed where several apps are configured")
    parser.add_argument("--platform", metavar="P", help="whose headers; else the app's")
    parser.add_argument("--query", metavar="Q", help="of the URL that it was sent to")


# The settings are read before a command's module is imported: what is wrong is told at once.


def _serve(arguments: argparse.Namespace) -> Coroutine[Any, Any, int]:
    answer_signals_early()
    settings, apps = read()
    from ingress.commands import serve

    return serve.run(settings, apps, arguments)


def _check(_: argparse.Namespace) -> Coroutine[Any, Any, int]:
    settings, apps = read()
    from ingress.commands import check

    return check.run(settings, apps)


def _send(arguments: argparse.Namespace) -> Coroutine[Any, Any, int]:
    apps = read_apps()
    from ingress.commands import send

    return send.run(apps, arguments)


def _explain(arguments: argparse.Namespace) -> Coroutine[Any, Any, int]:
    from ingress.commands import explain

    return explain.run(arguments)


_COMMANDS = {"serve": _serve, "check": _check, "send": _send, "explain": _explain}


if __name__ == "__main__":
    sys.exit(main())

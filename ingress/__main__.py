"""The command `hookline-ingress`: take webhooks in, send one as the platform would, check the
settings.

Exit codes: 0 done, 1 failed, 2 bad usage or settings, 3 from `check`: the broker holds something
else.
"""

import argparse
import sys
from collections.abc import Coroutine, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ingress.settings import SettingsError, read, read_apps
from runtime.early import answer_signals_early
from runtime.lifetime import BAD_USAGE, FAILED
from runtime.lifetime import run as loop
from runtime.piped import quietly_piped
from runtime.version import add_version


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    return quietly_piped(partial(_main, sys.argv[1:] if argv is None else argv))


def _main(given: Sequence[str]) -> int:
    arguments = _parser().parse_args(given, argparse.Namespace(given=given))
    try:
        return loop(arguments.command(arguments))
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
    parser.set_defaults(shared=False, processes=1)
    commands = parser.add_subparsers(metavar="COMMAND")
    _add_serving(
        commands.add_parser("serve", help="listen until SIGTERM, then drain (the default)")
    )
    commands.add_parser("check", help="settings, broker, topology; changes nothing").set_defaults(
        command=_check
    )
    send = commands.add_parser("send", help="sign a file as the platform does, and post it")
    send.set_defaults(command=_send)
    send.add_argument("topic", metavar="TOPIC", help="orders/create")
    send.add_argument(
        "file", metavar="FILE", type=Path, help="the body; .xml is sent as XML, all else as JSON"
    )
    send.add_argument("--shop", required=True, help="johns-apparel.spiffystores.com")
    send.add_argument(
        "--to", required=True, metavar="URL", help="http://127.0.0.1:8080/webhooks/spiffy"
    )
    send.add_argument("--app", help="whose secret signs; needed where several apps are configured")
    return parser


def _add_serving(parser: argparse.ArgumentParser) -> None:
    """Take what `serve` takes: the command alone does too, for `serve` need not be said."""
    unset = (
        argparse.SUPPRESS
    )  # else what is not said behind `serve` would undo what is said before it
    parser.set_defaults(command=_serve)
    parser.add_argument(
        "--processes",
        type=int,
        choices=range(1, 65),
        default=unset,
        metavar="N",
        help="so many share the port",
    )
    # what the processes are told
    parser.add_argument("--shared", action="store_true", default=unset, help=argparse.SUPPRESS)


def _serve(arguments: argparse.Namespace) -> Coroutine[Any, Any, int]:
    answer_signals_early()
    settings, apps = read()
    from ingress.commands import serve, serve_many

    if arguments.processes > 1:
        return serve_many(settings, arguments.given, arguments.processes)
    return serve(settings, apps, shared=arguments.shared)


def _check(_: argparse.Namespace) -> Coroutine[Any, Any, int]:
    settings, apps = read()
    from ingress.commands import check

    return check(settings, apps)


def _send(arguments: argparse.Namespace) -> Coroutine[Any, Any, int]:
    apps = read_apps()
    if arguments.app is None and len(apps) > 1:
        raise SettingsError(f"--app: say whose secret signs: {', '.join(apps)}")
    if arguments.app is not None and arguments.app not in apps:
        raise SettingsError(f"--app {arguments.app}: not configured; there are {', '.join(apps)}")
    if not arguments.file.is_file():
        raise SettingsError(f"{arguments.file}: no such file")
    from ingress.commands import send

    app = apps[arguments.app] if arguments.app else next(iter(apps.values()))
    content_type = "application/xml" if arguments.file.suffix == ".xml" else "application/json"
    return send(
        app,
        arguments.topic,
        arguments.file.read_bytes(),
        content_type,
        arguments.shop,
        arguments.to,
    )


if __name__ == "__main__":
    sys.exit(main())

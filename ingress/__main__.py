"""The command `hookline-ingress`: take webhooks in, send one, explain one, check the settings, keep
the shops' subscriptions.

Exit codes: 0 done, 1 failed or does not verify, 2 bad usage or settings, 3 where `check` found
another topology, or `subscriptions plan` something to do.
"""

import argparse
import sys
from collections.abc import Coroutine, Sequence
from functools import partial
from typing import Any

from ingress.command_line import parser
from ingress.settings import SettingsError, check_start, read, read_apps
from runtime.early import answer_signals_early
from runtime.exit_codes import BAD_USAGE, FAILED
from runtime.lifetime import run as loop
from runtime.piped import quietly_piped


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    return quietly_piped(partial(_main, sys.argv[1:] if argv is None else argv))


def _main(given: Sequence[str]) -> int:
    arguments = parser().parse_args(given, argparse.Namespace(given=given))
    command = _COMMANDS[arguments.command]
    try:
        return loop(command(arguments))
    except SettingsError as error:
        print(error, file=sys.stderr)
        return BAD_USAGE
    except KeyboardInterrupt:
        return FAILED


# The settings are read before a command's module is imported: what is wrong is told at once.


def _serve(arguments: argparse.Namespace) -> Coroutine[Any, Any, int]:
    answer_signals_early(reads_again=True)
    settings, apps = read()
    check_start(apps)
    from ingress.commands import serve

    return serve.run(settings, apps, arguments)


def _check(_: argparse.Namespace) -> Coroutine[Any, Any, int]:
    settings, apps = read()
    from ingress.commands import check

    return check.run(settings, apps)


def _secrets(_: argparse.Namespace) -> Coroutine[Any, Any, int]:
    settings, apps = read()
    from ingress.commands import secrets

    return secrets.run(settings, apps)


def _send(arguments: argparse.Namespace) -> Coroutine[Any, Any, int]:
    apps = read_apps()
    from ingress.commands import send

    return send.run(apps, arguments)


def _reverify(arguments: argparse.Namespace) -> Coroutine[Any, Any, int]:
    apps = read_apps()
    from ingress.commands import reverify

    return reverify.run(apps, arguments)


def _explain(arguments: argparse.Namespace) -> Coroutine[Any, Any, int]:
    from ingress.commands import explain

    return explain.run(arguments)


def _subscriptions(arguments: argparse.Namespace) -> Coroutine[Any, Any, int]:
    if arguments.action == "watch":
        answer_signals_early()
    from ingress.commands import subscriptions

    return subscriptions.run(arguments)


_COMMANDS = {
    "serve": _serve,
    "check": _check,
    "secrets": _secrets,
    "send": _send,
    "explain": _explain,
    "reverify": _reverify,
    "subscriptions": _subscriptions,
}


if __name__ == "__main__":
    sys.exit(main())

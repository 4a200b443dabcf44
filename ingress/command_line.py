"""The command line of `hookline-ingress`: its commands, and what each takes."""

import argparse
from functools import cache
from pathlib import Path

from ingress.sampled import HERE, SHOP
from ingress.subscriptions.command_line import add_subscriptions
from runtime.version import add_version


@cache
def parser() -> argparse.ArgumentParser:
    """Return what reads the command line; without a command it is `serve`."""
    parsing = argparse.ArgumentParser(
        "hookline-ingress", description="Takes in webhooks, onto RabbitMQ."
    )
    add_version(parsing)
    _add_serving(parsing)

    commands = parsing.add_subparsers(metavar="COMMAND", dest="command")
    serve = commands.add_parser("serve", help="listen until SIGTERM, then drain (the default)")
    _add_serving(serve)
    commands.add_parser("check", help="settings, broker, topology; changes nothing")
    commands.add_parser("secrets", help="their names, use and end; never a value")
    send = commands.add_parser("send", help="sign a file as the platform does, and post it")
    _add_sending(send)
    explain = commands.add_parser("explain", help="say why a captured request does not verify")
    _add_explaining(explain)
    add_subscriptions(commands)

    reverify = commands.add_parser(
        "reverify", help="say which exported letters still verify, and by which secret"
    )
    _add_reverifying(reverify)

    parsing.set_defaults(command="serve", shared=False, processes=1)
    return parsing


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


def _add_reverifying(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        metavar="FILE",
        help="of `hookline-workers dead-letters export`; - reads what is piped",
    )
    parser.add_argument("--app", help="whose letters; needed where several apps are configured")

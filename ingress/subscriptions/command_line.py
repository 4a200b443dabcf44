"""What `hookline-ingress subscriptions` may be told."""

import argparse
from pathlib import Path
from typing import Any

_ACTIONS = {
    "plan": "what differs from what is wanted; changes nothing; 3 where something does",
    "sync": "shows the plan, and does it",
    "watch": "puts back what a platform has ended, every hour, until SIGTERM",
    "delete": "ends what leads to the app's address",
}


def add_subscriptions(commands: Any) -> None:
    """Let the command line have `subscriptions` and what it can do."""
    whole = commands.add_parser(
        "subscriptions", help="have shops send their webhooks here, over the platform's API"
    )
    actions = whole.add_subparsers(required=True, metavar="ACTION", dest="action")
    for action, told in _ACTIONS.items():
        one = actions.add_parser(action, help=told)
        _add_which(one, action)
        if action != "watch":
            _add_showing(one)
        if action in ("sync", "delete"):
            one.add_argument("--yes", action="store_true", help="do not ask, on a terminal")


def _add_which(one: argparse.ArgumentParser, action: str) -> None:
    one.set_defaults(format=None, consumers=[], asyncapi=None, prune=False)
    one.add_argument("--app", help="which app's; needed where several are configured")
    one.add_argument(
        "--shop",
        action="append",
        default=[],
        metavar="S",
        help="only this shop of HOOKLINE_SHOPS_LIST; or the one of HOOKLINE_SHOP_CREDENTIAL",
    )
    one.add_argument(
        "--topic", action="append", default=[], metavar="T", help="only this topic; repeatable"
    )
    if action == "delete":
        return

    one.add_argument(
        "--consumers",
        action="append",
        default=[],
        metavar="MODULE",
        help="the topics that its consumers take (`hookline-workers docs MODULE`); repeatable",
    )
    one.add_argument(
        "--asyncapi", type=Path, metavar="FILE", help="the same from what `docs --to` has written"
    )
    one.add_argument("--format", choices=("json", "xml"), help="else as it is, and new ones json")


def _add_showing(one: argparse.ArgumentParser) -> None:
    one.add_argument(
        "--prune", action="store_true", help="also delete what is foreign: of this app, not wanted"
    )
    one.add_argument("--json", action="store_true", help="one JSON object a line")

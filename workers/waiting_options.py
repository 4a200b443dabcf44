"""The command line of what operators do with webhooks that wait for another attempt."""

from workers.letter_options import Commands, add_filter, add_name, add_order

_WAITING = {
    "list": "a line each: which attempt comes, when, and what failed last",
    "now": "have them tried at once: the same attempt",
    "cancel": "give up on them: they become dead letters, reason `cancelled`",
}
_CHANGING = frozenset({"now", "cancel"})


def add_waiting(commands: Commands) -> None:
    """Add `waiting` and its actions."""
    waiting = commands.add_parser("waiting", help="webhooks that wait for another attempt")
    actions = waiting.add_subparsers(required=True, metavar="ACTION")
    for name, text in _WAITING.items():
        action = actions.add_parser(name, help=text)
        action.set_defaults(command=f"waiting {name}", reason=None)
        add_filter(action)
        action.add_argument("--json", action="store_true", help="a JSON object a line")
        if name in _CHANGING:
            add_order(action)
            add_name(action)

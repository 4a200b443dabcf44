"""The command line of `tap`."""

from workers.letter_options import Commands


def add_tap(commands: Commands) -> None:
    """Add the command."""
    tap = commands.add_parser("tap", help="listen to what comes in, while you develop")
    tap.set_defaults(command="tap")
    tap.add_argument("topic", metavar="TOPIC", help="orders/create, orders/* or */*")
    tap.add_argument("--shop", metavar="S", help="of this shop alone")
    tap.add_argument(
        "--to",
        metavar="WHERE",
        help="MODULE:consumer handles each here; a URL gets it posted; a FILE, a line added",
    )
    tap.add_argument(
        "--name", metavar="NAME", help="of the tap; who gives the same shares it (default: yours)"
    )

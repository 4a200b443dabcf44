"""The command `hookline-workers`: run consumers, care for their topology, look after dead letters.

Exit codes: 0 done, 1 failed, 2 bad usage or settings, 3 drained but cut off unfinished handlers.
"""

import argparse
import sys
from collections.abc import Sequence
from functools import partial

from runtime.exit_codes import BAD_USAGE, FAILED
from runtime.piped import quietly_piped
from workers.command_line import parser
from workers.commands.entries import COMMANDS, OFFLINE
from workers.consumer import BadConsumer
from workers.settings import OfflineSettings, Settings, SettingsError, read


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    given = sys.argv[1:] if argv is None else argv
    return quietly_piped(partial(_main, given))


def _main(given: Sequence[str]) -> int:
    from runtime.amqp.link import UnreachableError

    arguments = parser().parse_args(given, argparse.Namespace(given=given))
    command = COMMANDS[arguments.command]
    kind = OfflineSettings if arguments.command in OFFLINE else Settings
    try:
        return command(arguments, read(kind=kind))
    except (SettingsError, BadConsumer) as error:
        print(error, file=sys.stderr)
        return BAD_USAGE
    except UnreachableError as error:
        print(error, file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return FAILED


if __name__ == "__main__":
    sys.exit(main())

"""The command `hookline-workers`: run consumers, care for their topology, look after dead letters.

Exit codes: 0 done, 1 failed, 2 bad usage or settings, 3 drained but cut off unfinished handlers.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from functools import partial

from runtime.exit_codes import BAD_USAGE, FAILED
from runtime.piped import quietly_piped
from workers.command_line import parser
from workers.commands.entries import COMMANDS
from workers.commands.settings_of import settings_of
from workers.consumer import BadConsumer
from workers.settings import SettingsError, read


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    given = sys.argv[1:] if argv is None else argv
    return quietly_piped(partial(_main, given))


def _main(given: Sequence[str]) -> int:
    from runtime.amqp.link import UnreachableError

    arguments = parser().parse_args(given, argparse.Namespace(given=given))
    command = COMMANDS[arguments.command]
    try:
        return command(arguments, read(os.environ, settings_of(arguments.command)))
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

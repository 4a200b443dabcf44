"""`hookline-ingress reverify`: which exported letters still verify, and by which secret?"""

import argparse
import sys
from collections.abc import Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any

from ingress.commands.chosen_app import chosen_app
from ingress.registration import App
from ingress.reverify import NONE, Verdict, summary, verdicts
from ingress.settings import SettingsError
from runtime.exit_codes import DIFFERS, DONE
from schemas.letter_lines import BadLine, lines_in


def run(apps: Mapping[str, App], arguments: argparse.Namespace) -> Coroutine[Any, Any, int]:
    """Look at the letters of the file; raises SettingsError where that is none."""
    app = chosen_app(apps, arguments.app)
    path: str = arguments.file
    try:
        with Path(path).open("rb") if path != "-" else sys.stdin.buffer as file:
            found = [*verdicts(app, lines_in(file, app.name))]
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from None
    except BadLine as error:
        raise SettingsError(f"{path}: {error}") from None
    return _tell(found)


async def _tell(found: Sequence[Verdict]) -> int:
    """Print a line for each letter, and the sum; return the exit code, 3 where one verifies not."""
    for verdict in found:
        print(_line(verdict))
    print(summary(found))
    if any(verdict.secret == NONE for verdict in found):
        return DIFFERS
    return DONE


def _line(verdict: Verdict) -> str:
    taken = f"taken in by {verdict.accepted_by or 'a secret that is not told'}"
    result = "verifies by none"
    if verdict.secret != NONE:
        result = f"verifies by {verdict.secret}"
    return f"{verdict.id} {verdict.where}: {result}; {taken}"

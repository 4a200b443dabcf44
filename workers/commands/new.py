"""`hookline-workers new`: make a small project that passes its own tests."""

import secrets
import sys
from collections.abc import Mapping
from pathlib import Path, PurePath

from runtime.exit_codes import BAD_USAGE, DONE, FAILED
from workers.project.files import files
from workers.project.name import BadProjectName, check_project_name
from workers.project.source import installed_from

SECRET_BYTES = 24


def new(name: str) -> int:
    """Make a project in a new folder of this name; return the exit code."""
    folder = Path(name)
    try:
        check_project_name(name)
        folder.mkdir()
    except BadProjectName as error:
        print(error, file=sys.stderr)
        return BAD_USAGE
    except FileExistsError:
        print(f"{folder} is there already; take another name, or move it away", file=sys.stderr)
        return BAD_USAGE
    except OSError as error:
        print(f"not made: {error}", file=sys.stderr)
        return FAILED

    secret = secrets.token_urlsafe(SECRET_BYTES)
    return _write(folder, files(name, secret=secret, hookline=installed_from()))


def _write(folder: Path, written: Mapping[PurePath, str]) -> int:
    for path, text in written.items():
        file = folder / path
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        except OSError as error:
            print(f"not written: {error}", file=sys.stderr)
            return FAILED
        print(file)

    print(f"\ncd {folder} && make test")
    return DONE

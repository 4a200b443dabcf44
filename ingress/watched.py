"""The files that settings of apps come from, and whether one of them has changed."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from ingress.app_settings import SETTINGS
from runtime.apps_file import app_tables
from runtime.settings import ENVIRONMENT

Stamps = tuple[tuple[int, int, int] | None, ...]
"""Of each file: when it was written, its size, which one it is; None where there is none."""

_FILES = ("apps_file", "platforms_file", *(f"{name}_file" for name in SETTINGS))


def files_of(environment: Mapping[str, str]) -> list[str]:
    """Return the paths of all files that the apps' settings are read from."""
    upper = {name.upper(): value for name, value in environment.items()}
    named = [upper.get(ENVIRONMENT.name(key), "").strip() for key in _FILES]
    paths = [path for path in named if path]

    apps_file, *_ = named
    if apps_file:
        for table in app_tables(apps_file, []).values():
            paths += _of_table(table)
    return paths


def _of_table(table: Mapping[str, object]) -> list[str]:
    paths: list[str] = []
    for key in _FILES:
        path = table.get(key)
        if isinstance(path, str) and path.strip():
            paths.append(path.strip())
    return paths


def stamps(paths: Iterable[str]) -> Stamps:
    """Return what tells each file from what it was, or will be. Kubernetes changes a mounted secret
    by a link, which is followed.
    """
    return tuple(_stamp(path) for path in paths)


def _stamp(path: str) -> tuple[int, int, int] | None:
    try:
        status = Path(path).stat()
    except (OSError, ValueError):  # there is no such file, or no such path
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino

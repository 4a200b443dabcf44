"""Several apps in one file: TOML with a table [apps.NAME] for each, which both commands read.

The ingress takes in webhooks for all of them, and reads their tables; workers work for one, and
read the names.
"""

import tomllib
from collections.abc import Mapping
from typing import Any

from runtime.environment import read_text, why_unreadable
from runtime.setting_types import escaped, kind
from runtime.settings import ENVIRONMENT
from runtime.wrong_settings import wrong_value
from schemas.given_names import BadName, check_name

DEFAULT_APP = "spiffy"
"""The app where none is named and there is no file."""

Tables = dict[str, dict[str, Any]]

_APP = ENVIRONMENT.name("app")
_APPS_FILE = ENVIRONMENT.name("apps_file")


def app_tables(path: str, problems: list[str]) -> Tables:
    """Return the tables of the file by the app's name; what is wrong is added to the problems."""
    try:
        text = read_text(path)
        whole = tomllib.loads(text)
    except (OSError, ValueError) as error:  # a number too long to read is a ValueError besides
        reason = why_unreadable(error)
        problems.append(_wrong_file(path, reason))
        return {}
    except RecursionError:
        problems.append(_wrong_file(path, "lists or tables in it are nested too deeply"))
        return {}

    apps = whole.pop("apps", None)
    problems += [_read_by_nobody(key, path) for key in whole]

    if not isinstance(apps, dict) or not apps:
        problems.append(_wrong_file(path, "no table [apps.NAME] in it"))
        return {}

    return {name: table for name, table in apps.items() if _is_app(name, table, problems)}


def _wrong_file(path: str, reason: str) -> str:
    return wrong_value(ENVIRONMENT, "apps_file", path, reason)


def _read_by_nobody(key: str, path: str) -> str:
    shown = escaped(key)
    file = escaped(path)
    advice = f"each app has a table, for example [apps.{DEFAULT_APP}]"
    return f"{shown} in {file}: nobody reads it; {advice}"


def _is_app(name: str, table: Any, problems: list[str]) -> bool:
    """Tell whether it is a table of an app; add what is wrong to the problems."""
    try:
        check_name("app", name)
    except BadName as error:
        shown = escaped(name)
        problems.append(f"[apps.{shown}]: {error}; for example [apps.{DEFAULT_APP}]")
        return False

    if not isinstance(table, dict):
        wrong = f"a table is wanted, not {kind(table)}"
        example = f"for example [apps.{name}] on its own line"
        problems.append(f"[apps.{name}]: {wrong}; {example}")
        return False

    return True


def named_app(values: Mapping[str, str], problems: list[str]) -> str | None:
    """Return the app that the environment names, where it does; it must be a name."""
    app = values.get("app")
    if app is None:
        return None

    try:
        return check_name("app", app.strip())
    except BadName as error:
        problem = wrong_value(ENVIRONMENT, "app", app, str(error))
        problems.append(problem)
        return None


def check_listed(app: str | None, apps: Mapping[str, Any], problems: list[str]) -> None:
    """Add a problem where an app is named that is not in the file; without apps all are."""
    if app is None or not apps or app in apps:
        return

    there = ", ".join(apps)
    wrong = f"{_APP}={app!r}: not in {_APPS_FILE}"
    problems.append(f"{wrong}; there are {there}")


def one_app(values: Mapping[str, str], problems: list[str]) -> str:
    """Return the app to work for: the one named, or the only one of the file.

    Where there is no file, it is the default.
    """
    app = named_app(values, problems)
    file = values.get("apps_file")
    if file is None:
        return app or DEFAULT_APP

    apps = app_tables(file, problems)
    check_listed(app, apps, problems)
    if app is not None:
        return app

    first = next(iter(apps), DEFAULT_APP)
    is_unnamed = "app" not in values
    if is_unnamed and len(apps) > 1:
        several = ", ".join(apps)
        wrong = f"{_APP} is not set, and {_APPS_FILE} has several apps: {several}"
        problems.append(f"{wrong}; for example {_APP}={first}")
    return first

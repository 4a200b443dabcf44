"""Several apps in one file: TOML with a table [apps.NAME] for each, which both commands read.

The ingress takes in webhooks for all of them, and reads their tables; workers work for one, and
read the names.
"""

import tomllib
from collections.abc import Mapping
from typing import Any

from runtime.environment import read_text, why_unreadable
from runtime.setting_types import escaped, kind
from runtime.settings import ENVIRONMENT, wrong_value
from schemas.names import BadName, check_name

DEFAULT_APP = "spiffy"
"""The app where none is named and there is no file."""

Tables = dict[str, dict[str, Any]]


def app_tables(path: str, problems: list[str]) -> Tables:
    """Return the tables of the file by the app's name; what is wrong is added to the problems."""
    try:
        whole = tomllib.loads(read_text(path))
    except (OSError, ValueError) as error:  # a number too long to read is a ValueError besides
        problems.append(wrong_value(ENVIRONMENT, "apps_file", path, why_unreadable(error)))
        return {}
    except RecursionError:
        too_deep = "lists or tables in it are nested too deeply"
        problems.append(wrong_value(ENVIRONMENT, "apps_file", path, too_deep))
        return {}

    found = whole.pop("apps", None)
    advice = f"nobody reads it; each app has a table, for example [apps.{DEFAULT_APP}]"
    problems += [f"{escaped(key)} in {escaped(path)}: {advice}" for key in whole]

    if not isinstance(found, dict) or not found:
        problems.append(wrong_value(ENVIRONMENT, "apps_file", path, "no table [apps.NAME] in it"))
        return {}

    return {name: table for name, table in found.items() if _is_app(name, table, problems)}


def _is_app(name: str, table: Any, problems: list[str]) -> bool:
    try:
        check_name("app", name)
    except BadName as error:
        problems.append(f"[apps.{escaped(name)}]: {error}; for example [apps.{DEFAULT_APP}]")
        return False

    if not isinstance(table, dict):
        example = f"for example [apps.{name}] on its own line"
        problems.append(f"[apps.{name}]: a table is wanted, not {kind(table)}; {example}")
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
        problems.append(wrong_value(ENVIRONMENT, "app", app, str(error)))
        return None


def check_listed(app: str | None, apps: Mapping[str, Any], problems: list[str]) -> None:
    """Add a problem where an app is named that is not in the file; without apps all are."""
    if app is None or not apps or app in apps:
        return

    there = ", ".join(apps)
    file = ENVIRONMENT.name("apps_file")
    problems.append(f"{ENVIRONMENT.name('app')}={app!r}: not in {file}; there are {there}")


def one_app(values: Mapping[str, str], problems: list[str]) -> str:
    """Return the app to work for: the one named, or the only one of the file.

    Where there is no file, it is the default.
    """
    app = named_app(values, problems)
    if "apps_file" not in values:
        return app or DEFAULT_APP

    apps = app_tables(values["apps_file"], problems)
    check_listed(app, apps, problems)
    if "app" not in values and len(apps) > 1:
        several = f"{ENVIRONMENT.name('apps_file')} has several apps: {', '.join(apps)}"
        example = f"for example HOOKLINE_APP={next(iter(apps))}"
        problems.append(f"{ENVIRONMENT.name('app')} is not set, and {several}; {example}")

    first = next(iter(apps), DEFAULT_APP)
    return app or first

"""The ingress's settings: read once, from the environment, each `…_FILE` variant from a file."""

import os
from collections.abc import Iterable, Mapping
from time import time
from typing import Any

from ingress.app_settings import EXAMPLES, SETTINGS
from ingress.platforms_file import Platforms, known_platforms
from ingress.registration import App
from ingress.secrets_command import with_printed
from runtime.apps_file import DEFAULT_APP, app_tables, check_listed, named_app
from runtime.environment import from_files, not_known, settings_from
from runtime.setting_types import Count, Port, Seconds, Size, Text, Timeout
from runtime.settings import ENVIRONMENT, Place, ProcessSettings, SettingsError
from runtime.wrong_settings import validated

__all__ = ["Settings", "SettingsError", "read", "read_apps"]


class Settings(ProcessSettings):
    """What the ingress needs to know; durations in seconds, sizes in bytes."""

    host: Text = "0.0.0.0"  # noqa: S104 - the public port is public
    port: Port = 8080
    admin_port: Port = 9080
    max_body: Size = 2 * 1024**2
    body_timeout: Timeout = 10
    max_in_flight: Count = 500
    drain_delay: Seconds = 5


_OF_APPS = ("app", "apps_file", "platforms_file", *SETTINGS)
_OF_A_TABLE = [*SETTINGS, *(f"{setting}_file" for setting in SETTINGS)]
"""What a table of the apps file may say."""


def read(environment: Mapping[str, str] = os.environ) -> tuple[Settings, dict[str, App]]:
    """Return the settings and the apps by name; raises SettingsError with all that is wrong."""
    problems: list[str] = []
    known = [*Settings.model_fields, *_OF_APPS]
    values = settings_from(environment, known, problems)

    settings = validated(Settings, values, problems)
    apps = _apps(values, problems)
    if problems or settings is None:
        raise SettingsError("\n".join(problems))

    return settings, apps


def check_start(apps: Mapping[str, App]) -> None:
    """Raise SettingsError where nothing that comes could be proven: no app has a secret that has
    not ended.
    """
    now = time()
    if not any(app.proves_at(now) for app in apps.values()):
        names = ", ".join(apps)
        raise SettingsError(
            f"{names}: all secrets have ended (until=); without one nothing can be verified"
        )


def read_apps(environment: Mapping[str, str] = os.environ) -> dict[str, App]:
    """Return the apps alone, for those who speak to no broker; raises SettingsError."""
    problems: list[str] = []
    values = settings_from(environment, _OF_APPS, problems)
    apps = _apps(values, problems)
    if problems:
        raise SettingsError("\n".join(problems))

    return apps


def read_platforms(environment: Mapping[str, str] = os.environ) -> Platforms:
    """Return all platforms that are known; raises SettingsError."""
    problems: list[str] = []
    values = settings_from(environment, ["platforms_file"], problems)
    platforms = known_platforms(values, problems)
    if problems:
        raise SettingsError("\n".join(problems))
    return platforms


def _apps(values: Mapping[str, str], problems: list[str]) -> dict[str, App]:
    """Return the one app that the environment describes, or all of the file's."""
    platforms = known_platforms(values, problems)
    name = named_app(values, problems)
    described = {key: values[key] for key in SETTINGS if key in values}

    path = values.get("apps_file")
    if path is None:
        only = _made(name or DEFAULT_APP, described, ENVIRONMENT, platforms, problems)
        return _by_name([only])

    if described:
        problems.append(_clash(described))
    tables = app_tables(path, problems)
    check_listed(name, tables, problems)

    apps: list[App | None] = []
    for app_name, table in tables.items():
        app = _app(app_name, table, platforms, problems)
        apps.append(app)
    return _by_name(apps)


def _clash(described: Iterable[str]) -> str:
    """Say that these settings of one app stand beside a file of several."""
    names = map(ENVIRONMENT.name, described)
    together = ", ".join(names)
    apps_file = ENVIRONMENT.name("apps_file")
    return f"{together}: not beside {apps_file}; say it there"


def _by_name(apps: Iterable[App | None]) -> dict[str, App]:
    """Return those that could be made."""
    made: dict[str, App] = {}
    for app in apps:
        if app is not None:
            made[app.name] = app
    return made


def _app(
    name: str, table: Mapping[str, Any], platforms: Platforms, problems: list[str]
) -> App | None:
    """Return the app that a table of the file describes; None where it cannot be made."""
    place = Place(f"[apps.{name}] ", EXAMPLES)
    for key in table:
        if key not in _OF_A_TABLE:
            told = _not_of_an_app(key, place)
            problems.append(told)

    values = from_files(table, SETTINGS, place, problems)
    return _made(name, values, place, platforms, problems)


def _made(
    name: str, values: Mapping[str, Any], place: Place, platforms: Platforms, problems: list[str]
) -> App | None:
    """Return the app; None where it cannot be made."""
    whole = with_printed(values, place, problems)
    if whole is None:
        return None

    return validated(App, {**whole, "name": name}, problems, place, platforms)


def _not_of_an_app(key: str, place: Place) -> str:
    """Say that an app has no such setting: which one may be meant, or which there are."""
    told = not_known(key, _OF_A_TABLE, place.before)
    if told.endswith("?"):
        return told

    there = ", ".join(SETTINGS)
    return f"{told}; an app has {there}"

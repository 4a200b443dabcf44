"""The ingress's settings: read once, from the environment, each `…_FILE` variant from a file."""

import os
from collections.abc import Iterable, Mapping
from typing import Any

from ingress.registration import EXAMPLES, SETTINGS, App
from runtime.apps_file import DEFAULT_APP, app_tables, check_listed, named_app
from runtime.environment import from_files, not_known, settings_from
from runtime.setting_types import Count, Port, Seconds, Size, Text, Timeout
from runtime.settings import ENVIRONMENT, Place, ProcessSettings, SettingsError, validated

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


_OF_APPS = ("app", "apps_file", *SETTINGS)


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


def read_apps(environment: Mapping[str, str] = os.environ) -> dict[str, App]:
    """Return the apps alone, for those who speak to no broker; raises SettingsError."""
    problems: list[str] = []
    values = settings_from(environment, _OF_APPS, problems)
    apps = _apps(values, problems)
    if problems:
        raise SettingsError("\n".join(problems))

    return apps


def _apps(values: Mapping[str, str], problems: list[str]) -> dict[str, App]:
    """Return the one app that the environment describes, or all of the file's."""
    name = named_app(values, problems)
    described = {key: values[key] for key in SETTINGS if key in values}

    if "apps_file" not in values:
        only = {"name": name or DEFAULT_APP, **described}
        app = validated(App, only, problems)
        return _by_name([app])

    if described:
        clash = ", ".join(map(ENVIRONMENT.name, described))
        apps_file = ENVIRONMENT.name("apps_file")
        problems.append(f"{clash}: not beside {apps_file}; say it there")

    found = app_tables(values["apps_file"], problems)
    check_listed(name, found, problems)
    apps = [_app(one, table, problems) for one, table in found.items()]
    return _by_name(apps)


def _by_name(apps: Iterable[App | None]) -> dict[str, App]:
    """Return those that could be made."""
    return {app.name: app for app in apps if app is not None}


def _app(name: str, table: Mapping[str, Any], problems: list[str]) -> App | None:
    """Return the app that a table of the file describes; None where it cannot be made."""
    place = Place(f"[apps.{name}] ", EXAMPLES)
    from_file = [f"{key}_file" for key in SETTINGS]
    known = [*SETTINGS, *from_file]
    unknown = [key for key in table if key not in known]
    problems.extend(_not_of_an_app(key, known, place) for key in unknown)

    values = from_files(table, SETTINGS, place, problems)
    values["name"] = name
    return validated(App, values, problems, place)


def _not_of_an_app(key: str, known: list[str], place: Place) -> str:
    """Say that an app has no such setting: which one may be meant, or which there are."""
    told = not_known(key, known, place.before)
    if told.endswith("?"):
        return told

    return f"{told}; an app has {', '.join(SETTINGS)}"

"""The ingress's settings: read once, from the environment, each `…_FILE` variant from a file."""

import os
from collections.abc import Mapping
from typing import Any

from ingress.registration import EXAMPLES, SETTINGS, App
from runtime.apps_file import DEFAULT_APP, check_listed, named, tables
from runtime.environment import from_files, given, not_known
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
    """Return the settings and the apps by name, or raise SettingsError with everything that is
    wrong at once.
    """
    problems: list[str] = []
    values = given(environment, [*Settings.model_fields, *_OF_APPS], problems)
    settings = validated(Settings, values, problems)
    apps = _apps(values, problems)
    if problems or settings is None:
        raise SettingsError("\n".join(problems))

    return settings, apps


def read_apps(environment: Mapping[str, str] = os.environ) -> dict[str, App]:
    """Return the apps alone, for those who speak to no broker; raises SettingsError."""
    problems: list[str] = []
    apps = _apps(given(environment, _OF_APPS, problems), problems)
    if problems:
        raise SettingsError("\n".join(problems))

    return apps


def _apps(values: Mapping[str, str], problems: list[str]) -> dict[str, App]:
    """Return the one app that the environment describes, or all of the file's."""
    name = named(values, problems)
    if "apps_file" not in values:
        described = {key: values[key] for key in SETTINGS if key in values}
        app = validated(App, {"name": name or DEFAULT_APP, **described}, problems)
        return {} if app is None else {app.name: app}

    if clash := [ENVIRONMENT.name(key) for key in SETTINGS if key in values]:
        problems.append(
            f"{', '.join(clash)}: not beside {ENVIRONMENT.name('apps_file')}; say it there"
        )
    found = tables(values["apps_file"], problems)
    check_listed(name, found, problems)
    apps = [_app(one, table, problems) for one, table in found.items()]
    return {app.name: app for app in apps if app is not None}


def _app(name: str, table: Mapping[str, Any], problems: list[str]) -> App | None:
    place = Place(f"[apps.{name}] ", EXAMPLES)
    known = [*SETTINGS, *(f"{key}_file" for key in SETTINGS)]
    for key in table:
        if key not in known:
            told = not_known(key, known, place.before)
            problems.append(
                told if told.endswith("?") else f"{told}; an app has {', '.join(SETTINGS)}"
            )

    return validated(
        App, {"name": name, **from_files(table, SETTINGS, place, problems)}, problems, place
    )

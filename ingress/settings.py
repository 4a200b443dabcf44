"""The ingress's settings: read once, from the environment, each `…_FILE` variant from a file."""

import difflib
import os
import re
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from ingress.registration import App, listed

PREFIX = "HOOKLINE_"
_UNITS = {"": 1, "kib": 1024, "mib": 1024**2}
EXAMPLES = {
    "amqp_url": "amqp://user:password@host:5672/vhost (several, comma-separated, are tried in turn)",
    "app": "spiffy",
    "apps_file": "/etc/hookline/apps.toml, with a table [apps.NAME] for each app",
    "secrets": "current:s3cr3t,previous:0ld (or one value alone)",
    "platform": "spiffy or shopify",
    "signature": "base64 or hex",
    "shops": r"[a-z0-9-]+\.spiffystores\.com",
    "topics": "orders/create,carts/update",
    "host": "127.0.0.1",
    "port": "8080 (0 picks a free one)",
    "admin_host": "127.0.0.1",
    "admin_port": "9080 (0 picks a free one)",
    "max_body": "2MiB",
    "body_timeout": "10 (seconds)",
    "confirm_timeout": "4 (seconds; below the platform's own limit)",
    "max_in_flight": "500",
    "drain_delay": "5 (seconds)",
    "drain_timeout": "25 (seconds)",
    "declare": "create or verify",
    "log_format": "text or json",
    "log_level": "INFO",
}
"""Every setting, and what one looks like."""
SECRET = {"amqp_url", "secrets"}
"""Whose value no message shows."""
APP_SETTINGS = ("secrets", "platform", "signature", "shops", "topics")
ELSEWHERE = {"rabbitmq_server"}
"""Variables of our prefix that other programs of this project read."""


class SettingsError(ValueError):
    """Some settings are not usable; a line each names the variable, what is wrong and an example."""


def _urls(value: Any) -> Any:
    urls = listed(value)
    if not urls or any(not url.startswith(("amqp://", "amqps://")) for url in urls):
        raise ValueError("each URL begins with amqp:// or amqps://")
    if not all(map(_parses, urls)):
        raise ValueError("not a URL; percent-encode what is no letter or digit in its user and password")
    return urls


def _parses(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:  # where it was let through, the traceback would show a piece of the password
        return False


def _size(value: Any) -> Any:
    match = re.fullmatch(r"(\d+) ?([km]ib)?", str(value).strip().lower())
    if match is None:
        raise ValueError("a size is a number of bytes, or of KiB or MiB")
    return int(match[1]) * _UNITS[match[2] or ""]


Seconds = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]
Port = Annotated[int, Field(ge=0, le=65_535)]


class Settings(BaseSettings):
    """What the ingress needs to know; durations in seconds, sizes in bytes."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    amqp_url: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_urls)] = Field(repr=False)
    host: str = "0.0.0.0"  # noqa: S104 - the public port is public
    port: Port = 8080
    admin_host: str = "127.0.0.1"
    admin_port: Port = 9080
    max_body: Annotated[int, BeforeValidator(_size)] = 2 * 1024**2
    body_timeout: Annotated[Seconds, Field(gt=0)] = 10
    confirm_timeout: Annotated[Seconds, Field(gt=0)] = 4
    max_in_flight: Annotated[int, Field(gt=0)] = 500
    drain_delay: Seconds = 5
    drain_timeout: Seconds = 25
    declare: Literal["create", "verify"] = "create"
    log_format: Literal["text", "json"] = Field(default_factory=lambda: "text" if sys.stderr.isatty() else "json")
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(lambda value: str(value).upper())
    ] = "INFO"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take the values that `read` hands in, and no others: one place reads the environment."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)


def read(environment: Mapping[str, str] = os.environ) -> tuple[Settings, dict[str, App]]:
    """Return the settings and the apps by name, or raise SettingsError with everything that is wrong at once."""
    problems = _misspelt(environment)
    values = _values(environment, problems)
    settings, apps = _validated(Settings, values, values, problems), _apps(values, problems)
    if problems or settings is None:
        raise SettingsError("\n".join(problems))
    return settings, apps


def read_apps(environment: Mapping[str, str] = os.environ) -> dict[str, App]:
    """Return the apps alone, for those who speak to no broker; raises SettingsError."""
    problems: list[str] = []
    apps = _apps(_values(environment, problems), problems)
    if problems:
        raise SettingsError("\n".join(problems))
    return apps


def _misspelt(environment: Mapping[str, str]) -> list[str]:
    known = {PREFIX + name.upper() for name in [*EXAMPLES, *ELSEWHERE]}
    known |= {f"{name}_FILE" for name in known}
    strange = sorted(name for name in environment if name.startswith(PREFIX) and name not in known)
    close = {name: difflib.get_close_matches(name, known, 1) for name in strange}
    return [f"{name} is no setting" + (f"; did you mean {near[0]}?" if near else "") for name, near in close.items()]


def _values(environment: Mapping[str, str], problems: list[str]) -> dict[str, str]:
    given = {name.removeprefix(PREFIX).lower(): value for name, value in environment.items() if name.startswith(PREFIX)}
    return _from_files(given, problems, PREFIX)


def _from_files(given: Mapping[str, Any], problems: list[str], prefix: str) -> dict[str, Any]:
    """Return the values by setting, those of `…_file` keys read from the file that they name."""
    values = {name: value for name, value in given.items() if name in EXAMPLES}
    for name in (name for name in EXAMPLES if f"{name}_file" in given):
        key = f"{prefix}{name}_file"
        shown, path = (key.upper() if prefix == PREFIX else key), given[f"{name}_file"]
        if name in given:
            problems.append(f"{shown} and the same without _FILE are both set; keep one")
        try:
            values[name] = Path(path).read_text().rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            problems.append(f"{shown}={path}: {error}")
    return values


def _apps(values: Mapping[str, Any], problems: list[str]) -> dict[str, App]:
    if "apps_file" not in values:
        one = {name: values[name] for name in APP_SETTINGS if name in values} | {"name": values.get("app", "spiffy")}
        app = _validated(App, one, values, problems)
        return {} if app is None else {app.name: app}
    if clash := [PREFIX + name.upper() for name in ("app", *APP_SETTINGS) if name in values]:
        problems.append(f"{', '.join(clash)}: not beside {PREFIX}APPS_FILE; say it there")
    try:
        tables = tomllib.loads(Path(values["apps_file"]).read_text()).get("apps", {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problems.append(f"{PREFIX}APPS_FILE={values['apps_file']}: {error}")
        return {}
    if not isinstance(tables, dict) or not tables or not all(isinstance(table, dict) for table in tables.values()):
        problems.append(f"{PREFIX}APPS_FILE={values['apps_file']}: no table [apps.NAME] in it")
        return {}
    apps = {}
    for name, table in tables.items():
        prefix = f"[apps.{name}] "
        strange = [key for key in table if key.removesuffix("_file") not in APP_SETTINGS]
        problems += [f"{prefix}{key} is no setting of an app; there are {', '.join(APP_SETTINGS)}" for key in strange]
        one = {key: value for key, value in _from_files(table, problems, prefix).items() if key in APP_SETTINGS}
        apps[name] = _validated(App, one | {"name": name}, one, problems, prefix)
    return {name: app for name, app in apps.items() if app is not None}


def _validated(
    model: Any, given: Mapping[str, Any], shown: Mapping[str, Any], problems: list[str], prefix: str = PREFIX
) -> Any:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        for problem in error.errors(include_input=False, include_url=False):
            name = str(problem["loc"][0]).replace("name", "app")
            variable = PREFIX + name.upper() if prefix == PREFIX else prefix + name
            value = "" if name in SECRET or name not in shown else f"={shown[name]!r}"
            text = "is not set" if problem["type"] == "missing" else problem["msg"].removeprefix("Value error, ")
            problems.append(f"{variable}{value}: {text}; for example {EXAMPLES[name]}")
        return None

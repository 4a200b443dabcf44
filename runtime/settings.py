"""The settings of both commands: which there are, examples, and what is said of a wrong one."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from runtime.setting_types import (
    LOWER,
    UPPER,
    Age,
    Port,
    Room,
    Seconds,
    Text,
    Timeout,
    Urls,
)
from schemas.copies import Copies, Journal

PREFIX = "HOOKLINE_"
EXAMPLES = {
    "amqp_url": (
        "amqp://user:password@host:5672/vhost (several, comma-separated, are tried in turn)"
    ),
    "app": "spiffy",
    "apps_file": "/etc/hookline/apps.toml, with a table [apps.NAME] for each app",
    "secrets": "current:s3cr3t,previous:0ld (or one value alone)",
    "platform": "spiffy",
    "signature": "base64 or hex",
    "address": "https://hooks.example.com/webhooks/spiffy",
    "platforms_file": "/etc/hookline/platforms.toml, with a table [platforms.NAME] for each",
    "shops": "[a-z0-9-]+[.]spiffystores[.]com",
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
    "journal": "7d (or 36h, 2w; off)",
    "journal_bytes": "10GiB",
    "taps": "on or off",
    "management_url": "http://user:password@host:15672/",
    "console_host": "127.0.0.1",
    "console_port": "9082 (0 picks a free one)",
    "console_prefix": "/hookline",
    "console_users": "jane:-:viewer (`hookline-workers console hash NAME` prints an entry)",
    "console_user_header": "X-Forwarded-User",
    "console_proxies": "127.0.0.1,10.0.0.0/8",
    "console_bodies": "masked (or hidden, or whole)",
    "console_masked": "email,phone,address,name,token",
    "log_format": "text or json",
    "log_level": "INFO",
}
"""Every setting of either command, and what one looks like."""
SECRET_SETTINGS = {"amqp_url", "management_url", "secrets", "console_users"}
"""Whose value no message shows."""
ELSEWHERE = {"rabbitmq_server"}
"""Variables of our prefix that other programs of this project read."""
MAX_SHOWN = 60
"""Characters of a wrong value that a message shows."""

Model = TypeVar("Model", bound=BaseModel)


class SettingsError(ValueError):
    """Some settings are not usable; a line each names it, what is wrong and an example."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where settings stand, the environment or a table of a file: how one is written there."""

    before: str
    examples: Mapping[str, str]

    def name(self, key: str) -> str:
        """Return the setting's name as it stands there: `HOOKLINE_PORT`, `[apps.one] topics`."""
        written = key
        if self.before == PREFIX:
            written = key.upper()
        return self.before + written


ENVIRONMENT = Place(PREFIX, EXAMPLES)


class ProcessSettings(BaseSettings):
    """What each of our processes needs to know, whichever command it is; durations in seconds."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    amqp_url: Urls = Field(repr=False)
    admin_host: Text = "127.0.0.1"
    admin_port: Port
    confirm_timeout: Timeout = 4
    drain_timeout: Seconds = 25
    declare: Annotated[Literal["create", "verify"], LOWER] = "create"
    journal: Age = None
    journal_bytes: Room = 10 * 1024**3
    taps: Annotated[Literal["on", "off"], LOWER] = "off"
    log_format: Annotated[Literal["text", "json"], LOWER] = Field(
        default_factory=lambda: "text" if sys.stderr.isatty() else "json"
    )
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], UPPER] = "INFO"

    @property
    def copies(self) -> Copies:
        """What the ingress makes copies for."""
        journal = None
        if self.journal is not None:
            journal = Journal(self.journal, self.journal_bytes)
        return Copies(journal, self.taps == "on")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take the values that are handed in alone: `runtime.environment` reads the environment."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)


def validated(
    model: type[Model],
    values: Mapping[str, Any],
    problems: list[str],
    place: Place = ENVIRONMENT,
    context: Any = None,
) -> Model | None:
    """Return the model made of the values, or None where they do not fit.

    What is wrong is added to the problems. `context` is what the model's validators may ask.
    """
    try:
        return model.model_validate(values, context=context)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)

    for problem in found:
        key = str(problem["loc"][0])
        file_name = place.name(f"{key}_file")
        if key not in values and _is_told(file_name, problems):
            continue  # a setting whose file cannot be read is not missing besides

        if problem["type"] == "missing":
            told = _missing(place, key)
        else:
            message = problem["msg"].removeprefix("Value error, ")
            told = wrong_value(place, key, values.get(key), message)
        problems.append(told)
    return None


def _missing(place: Place, key: str) -> str:
    name = place.name(key)
    example = place.examples[key]
    return f"{name} is not set; for example {name}={example}"


def _is_told(name: str, problems: list[str]) -> bool:
    """Tell whether there is a problem with the setting of this name already."""
    beginnings = (f"{name}:", f"{name}=")
    return any(problem.startswith(beginnings) for problem in problems)


def wrong_value(place: Place, key: str, value: Any, message: str) -> str:
    """Say what is wrong with a setting: name, value where that is no secret, and an example."""
    written = place.name(key)
    is_secret = key in SECRET_SETTINGS
    if isinstance(value, str) and not is_secret:
        quoted = repr(value)
        shown = _shortened(quoted)
        written = f"{written}={shown}"

    example = place.examples[key]
    return f"{written}: {message}; for example {example}"


def _shortened(text: str) -> str:
    if len(text) <= MAX_SHOWN:
        return text

    head = text[:MAX_SHOWN]
    return f"{head}…"

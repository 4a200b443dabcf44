"""The settings of both commands: which there are, examples, and what is said of a wrong one."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from runtime.setting_examples import EXAMPLES as EXAMPLES  # noqa: PLC0414 - told on from here
from runtime.setting_examples import SECRET_SETTINGS as SECRET_SETTINGS  # noqa: PLC0414 - as above
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

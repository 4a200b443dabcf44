"""The workers' settings: read once, from the environment, each `…_FILE` variant from a file."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from schemas.names import BadName, check_name

PREFIX = "HOOKLINE_"
EXAMPLES = {
    "amqp_url": "amqp://user:password@host:5672/vhost (several, comma-separated, are tried in turn)",
    "app": "spiffy",
    "admin_host": "127.0.0.1",
    "admin_port": "9081 (0 picks a free one)",
    "confirm_timeout": "4 (seconds)",
    "drain_timeout": "25 (seconds)",
    "declare": "create or verify",
    "log_format": "text or json",
    "log_level": "INFO",
}
SECRET = {"amqp_url"}
"""Whose value no message shows: it holds a password."""


class SettingsError(ValueError):
    """Some settings are not usable; a line each names the variable, what is wrong and an example."""


class Settings(BaseSettings):
    """What a worker needs to know; durations in seconds."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    amqp_url: Annotated[tuple[str, ...], NoDecode]
    app: str = "spiffy"
    admin_host: str = "127.0.0.1"
    admin_port: int = Field(9081, ge=0, le=65535)
    confirm_timeout: float = Field(4.0, gt=0, allow_inf_nan=False)
    drain_timeout: float = Field(25.0, ge=0, allow_inf_nan=False)
    declare: Literal["create", "verify"] = "create"
    log_format: Literal["text", "json"] = Field(default_factory=lambda: "text" if sys.stderr.isatty() else "json")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "INFO"

    @property
    def vhost(self) -> str:
        """The first URL's virtual host."""
        return unquote(urlsplit(self.amqp_url[0]).path[1:]) or "/"

    @field_validator("amqp_url", mode="before")
    @classmethod
    def _urls(cls, value: object) -> tuple[str, ...]:
        urls = tuple(url.strip() for url in str(value).split(",") if url.strip())
        if not urls or any(not url.startswith(("amqp://", "amqps://")) for url in urls):
            raise ValueError("each URL begins with amqp:// or amqps://")
        if not all(map(_parses, urls)):
            raise ValueError("not a URL; percent-encode what is no letter or digit in its user and password")
        return urls

    @field_validator("app")
    @classmethod
    def _app(cls, value: str) -> str:
        try:
            return check_name("app", value)
        except BadName as error:
            raise ValueError(str(error)) from None

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

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


def read(environment: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings, or raise SettingsError with everything that is wrong at once."""
    problems, values = [], {}
    for field in Settings.model_fields:
        variable = PREFIX + field.upper()
        plain, path = environment.get(variable), environment.get(f"{variable}_FILE")
        if plain is not None and path is not None:
            problems.append(f"{variable} and {variable}_FILE are both set; keep one")
        elif path is not None:
            try:
                values[field] = Path(path).read_text().rstrip("\n")
            except (OSError, UnicodeDecodeError) as error:
                problems.append(f"{variable}_FILE={path}: {error}")
        elif plain is not None:
            values[field] = plain
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        problems += [_explain(str(problem["loc"][0]), problem, values) for problem in error.errors()]
    if problems:
        raise SettingsError("\n".join(problems))
    return settings


def _parses(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:  # where it was let through, the traceback would show a piece of the password
        return False


def _explain(field: str, problem: Mapping[str, Any], values: Mapping[str, str]) -> str:
    variable = PREFIX + field.upper()
    if problem["type"] == "missing":
        return f"{variable} is not set; for example {variable}={EXAMPLES[field]}"
    shown = "" if field in SECRET else f"={values.get(field, '')!r}"
    return f"{variable}{shown}: {problem['msg'].removeprefix('Value error, ')}; for example {EXAMPLES[field]}"

"""The settings of both commands: which there are, what one looks like, and where they stand."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field
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

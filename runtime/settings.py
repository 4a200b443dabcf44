"""The settings of both commands: which there are, what one looks like, and where they stand."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field
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
    "shops_list": "/etc/hookline/shops.toml, with a table [[shops]] for each shop",
    "shop_credential": "a token, or key:password",
    "api_url": "http://127.0.0.1:8090",
    "api_version": "2026-07",
    "look_every": "3600 (seconds)",
    "sightings": "/var/lib/hookline",
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
SECRET_SETTINGS = {
    "amqp_url",
    "management_url",
    "secrets",
    "shop_credential",
    "credential",
    "console_users",
}
"""Whose value no message shows."""
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

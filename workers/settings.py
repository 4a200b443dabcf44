"""The workers' settings: read once, from the environment, each `…_FILE` variant from a file."""

import os
from collections.abc import Mapping
from typing import TypeVar, overload
from urllib.parse import unquote, urlsplit

from pydantic import Field

from runtime.apps_file import DEFAULT_APP, one_app
from runtime.environment import settings_from
from runtime.setting_types import HttpUrl, Port, Text, Urls
from runtime.settings import ProcessSettings, SettingsError
from runtime.wrong_settings import validated

__all__ = ["OfflineSettings", "Settings", "SettingsError", "read"]


class Settings(ProcessSettings):
    """What a worker needs to know; durations in seconds."""

    app: Text = DEFAULT_APP
    admin_port: Port = 9081
    management_url: HttpUrl | None = Field(None, repr=False)

    @property
    def vhost(self) -> str:
        """The first URL's virtual host."""
        url = urlsplit(self.amqp_url[0])
        name = unquote(url.path.removeprefix("/"))
        return name or "/"


class OfflineSettings(Settings):
    """The same for what never asks a broker, and so needs no URL of one."""

    amqp_url: Urls = Field(default=(), validate_default=False, repr=False)


Kind = TypeVar("Kind", bound=Settings)


@overload
def read(environment: Mapping[str, str] = ...) -> Settings: ...


@overload
def read(environment: Mapping[str, str], kind: type[Kind]) -> Kind: ...


def read(environment: Mapping[str, str] = os.environ, kind: type[Settings] = Settings) -> Settings:
    """Return the settings, or raise SettingsError with everything that is wrong at once."""
    problems: list[str] = []
    known = [*kind.model_fields, "apps_file"]
    values = settings_from(environment, known, problems)
    values["app"] = one_app(values, problems)

    settings = validated(kind, values, problems)
    if problems or settings is None:
        raise SettingsError("\n".join(problems))

    return settings

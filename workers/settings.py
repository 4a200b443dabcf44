"""The workers' settings: read once, from the environment, each `…_FILE` variant from a file."""

import os
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from runtime.apps_file import DEFAULT_APP, one_app
from runtime.environment import settings_from
from runtime.setting_types import Port, Text
from runtime.settings import ProcessSettings, SettingsError, validated

__all__ = ["Settings", "SettingsError", "read"]


class Settings(ProcessSettings):
    """What a worker needs to know; durations in seconds."""

    app: Text = DEFAULT_APP
    admin_port: Port = 9081

    @property
    def vhost(self) -> str:
        """The first URL's virtual host."""
        url = urlsplit(self.amqp_url[0])
        name = unquote(url.path.removeprefix("/"))
        return name or "/"


def read(environment: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings, or raise SettingsError with everything that is wrong at once."""
    problems: list[str] = []
    known = [*Settings.model_fields, "apps_file"]
    values = settings_from(environment, known, problems)
    values["app"] = one_app(values, problems)

    settings = validated(Settings, values, problems)
    if problems or settings is None:
        raise SettingsError("\n".join(problems))

    return settings

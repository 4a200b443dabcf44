"""What `hookline-ingress subscriptions` needs to know; it speaks to no broker."""

import os
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from ingress.registration import App
from ingress.settings import read_apps
from ingress.subscriptions.shop import Shop
from ingress.subscriptions.shops_file import shops_of_file
from runtime.environment import settings_from
from runtime.setting_types import HttpUrl, Port, Text, Timeout, Urls
from runtime.settings import ENVIRONMENT, ProcessSettings, SettingsError
from runtime.wrong_settings import validated


def _api_url(url: str) -> str:
    split = urlsplit(url)
    if split.scheme == "http" and not _is_this_machine(split.hostname or ""):
        raise ValueError("the credentials would go over the network in plain; https:// is wanted")
    return url


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class SubscriptionSettings(ProcessSettings):
    """What the commands need besides the apps; durations in seconds."""

    amqp_url: Urls = Field(default=(), validate_default=False, repr=False)
    admin_port: Port = 9083
    shops_list: Text | None = None
    shop_credential: Text | None = Field(None, repr=False)
    api_url: Annotated[HttpUrl, AfterValidator(_api_url)] | None = None
    api_version: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,20}$")] = "2026-07"
    look_every: Timeout = 3600
    sightings: Text | None = None


def read(
    environment: Mapping[str, str] = os.environ,
) -> tuple[SubscriptionSettings, dict[str, App]]:
    """Return the settings and the apps by name; raises SettingsError with all that is wrong."""
    problems: list[str] = []
    apps: dict[str, App] = {}
    try:
        apps = read_apps(environment)
    except SettingsError as error:
        problems += str(error).splitlines()

    values = settings_from(environment, SubscriptionSettings.model_fields, problems)
    settings = validated(SubscriptionSettings, values, problems)
    if problems or settings is None:
        once = dict.fromkeys(problems)
        raise SettingsError("\n".join(once))

    return settings, apps


def read_shops(
    settings: SubscriptionSettings, app: App, chosen: list[str], *, is_only: bool
) -> list[Shop]:
    """Return the app's shops, those that are chosen, or all; raises SettingsError.

    Without a list it is the one that is chosen, with the credential of the settings.
    """
    if settings.shops_list is None:
        return [_only(settings, chosen)]

    problems: list[str] = []
    shops = shops_of_file(settings.shops_list, app, is_only=is_only, problems=problems)
    known = {one.shop: one for one in shops}
    for name in chosen:
        if name not in known and not problems:
            problems.append(f"--shop {name}: not in {settings.shops_list}")
    if not shops and not problems:
        problems.append(f"{settings.shops_list}: no shop of {app.name} in it")
    if problems:
        raise SettingsError("\n".join(problems))

    if chosen:
        return [known[name] for name in chosen]
    return shops


def _only(settings: SubscriptionSettings, chosen: list[str]) -> Shop:
    listed = ENVIRONMENT.name("shops_list")
    credential = ENVIRONMENT.name("shop_credential")
    if settings.shop_credential is None:
        raise SettingsError(
            f"which shops, with which credentials? {listed} names a file of them; "
            f"for one shop, {credential} (or {credential}_FILE) and --shop"
        )
    if len(chosen) != 1:
        raise SettingsError(
            f"--shop: {credential} is that of one shop; which? Of several: {listed}"
        )

    try:
        return Shop(shop=chosen[0], credential=settings.shop_credential)
    except ValueError:
        wanted = "a host name, and a token or key:password, are wanted"
        raise SettingsError(f"--shop {chosen[0][:80]!r} with {credential}: {wanted}") from None

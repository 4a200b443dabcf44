"""What a command is to do: for which app and shops, with which API, and what is wanted there."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass

import aiohttp

from ingress.registration import App
from ingress.subscriptions.addresses import why_unusable
from ingress.subscriptions.apis import APIS, Api
from ingress.subscriptions.client import Client
from ingress.subscriptions.consumers import topics_of_file, topics_of_modules
from ingress.subscriptions.plan import Wanted
from ingress.subscriptions.settings import SubscriptionSettings, read_shops
from ingress.subscriptions.shop import Shop
from ingress.subscriptions.wanted import Topics, Unwanted, chosen_topics, wanted_topics
from runtime.setting_examples import EXAMPLES
from runtime.settings import SettingsError


@dataclass(frozen=True, slots=True)
class Order:
    """Everything that is known before a platform is asked for the first time."""

    settings: SubscriptionSettings
    app: App
    api: Api
    wanted: Wanted
    shops: Callable[[], list[Shop]]
    """Reads them anew; raises SettingsError."""
    is_of_all: bool
    """Whether they are all that the app has."""

    def client(self, session: aiohttp.ClientSession, shop: Shop) -> Client:
        """Return what asks the API of a shop."""
        settings = self.settings
        return Client(session, self.api, shop, settings.api_version, settings.api_url)


def order_of(
    settings: SubscriptionSettings, app: App, arguments: argparse.Namespace, *, is_only: bool
) -> Order:
    """Return what the arguments and the settings ask for; raises SettingsError.

    `is_only`: no other app is configured.
    """
    chosen = [name.strip().lower().removesuffix(".") for name in arguments.shop]

    def shops() -> list[Shop]:
        return read_shops(settings, app, chosen, is_only=is_only)

    api = _api(app)
    address = _address(app)
    topics = _topics(app, arguments)
    shops()
    wanted = Wanted(topics, address, arguments.format)
    return Order(settings, app, api, wanted, shops, is_of_all=not chosen)


def _api(app: App) -> Api:
    platform = app.platform.name
    if platform not in APIS:
        known = ", ".join(APIS)
        raise SettingsError(
            f"the platform {platform} of app {app.name}: its API is not known here, only that of "
            f"{known}; register the address where the platform says"
        )
    return APIS[platform]


def _address(app: App) -> str:
    if not app.address:
        raise SettingsError(
            f"where is {app.name} to be posted to? HOOKLINE_ADDRESS is not set, nor address in "
            f"[apps.{app.name}]; for example {EXAMPLES['address']}"
        )

    wrong = why_unusable(app.address)
    if wrong:
        raise SettingsError(
            f"the address of {app.name}: {wrong}; for example {EXAMPLES['address']}"
        )
    return app.address


def _topics(app: App, arguments: argparse.Namespace) -> Topics:
    taken: Topics | None = None
    if arguments.consumers:
        taken = topics_of_modules(arguments.consumers, app.name)
    if arguments.asyncapi is not None:
        taken = (taken or Topics()) | topics_of_file(arguments.asyncapi)
    try:
        if arguments.action == "delete":
            return chosen_topics(arguments.topic)
        return wanted_topics(app.topics, taken, arguments.topic)
    except Unwanted as error:
        raise SettingsError(str(error)) from None

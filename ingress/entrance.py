"""The apps as requests meet them: what each needs is worked out before the first request comes."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from ingress.meaning import needs_body, shop_name
from ingress.platform import Platform, Shops
from ingress.prove import Proof, proof_of
from ingress.refusals import Refusal, Refused
from ingress.registration import App
from schemas.topic import Topic

SHOP_LENGTH = 253
"""Characters: the longest host name."""
SHOPS_REMEMBERED = 4096
"""Shops whose name need not be looked at again."""


@dataclass(frozen=True, slots=True)
class Entrance:
    """Where one app's webhooks come in."""

    name: str
    platform: Platform
    topics: frozenset[str] | None
    prove: Proof
    shop: Callable[[str], str]
    """Takes what a request says; returns the shop, one that the app takes, or raises Refused."""
    needs_body: bool
    """Whether something of the body says topic, shop or id."""

    def takes(self, topic: Topic) -> bool:
        """Tell whether the app takes the topic."""
        return self.topics is None or topic in self.topics


class Entrances:
    """Those of all apps, by their path. They are replaced as a whole, between two requests."""

    __slots__ = ("paths",)

    def __init__(self, apps: Mapping[str, App]) -> None:
        self.paths: dict[str, Entrance] = {}
        self.replace(apps)

    def replace(self, apps: Mapping[str, App]) -> None:
        """Serve these apps from the next request on; the only one stands at `/webhooks` too."""
        paths = {f"/webhooks/{name}": entrance_of(app) for name, app in apps.items()}
        if len(apps) == 1:
            (only,) = paths.values()
            paths["/webhooks"] = only
        self.paths = paths


def entrance_of(app: App) -> Entrance:
    """Work out what an app's requests need."""
    platform = app.platform
    return Entrance(
        app.name,
        platform,
        app.topics,
        proof_of(platform, app.keys),
        _shop_check(platform.shops, app.shops),
        needs_body(platform),
    )


def _shop_check(form: Shops, taken: re.Pattern[str]) -> Callable[[str], str]:
    def check(said: str) -> str:
        # A comma stands between two headers that differ: no pattern may take them for one name.
        if len(said) > SHOP_LENGTH or not said.isascii() or "," in said:
            raise Refused(Refusal.BAD_SHOP)

        name = shop_name(form, said)
        if not taken.fullmatch(name):
            raise Refused(Refusal.BAD_SHOP)
        return name

    return lru_cache(SHOPS_REMEMBERED)(check)

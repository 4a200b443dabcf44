"""The apps as requests meet them: what each needs is worked out before the first request comes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import time

from ingress.buckets import Buckets, buckets_of
from ingress.meaning import needs_body
from ingress.platform import Platform
from ingress.prove import Proof, proof_of
from ingress.registration import App
from ingress.shop_check import shop_check
from ingress.telemetry import note_secrets
from schemas.topic import Topic


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
    """Whether something of the body says topic, shop or id, or is what a challenge asks for."""
    shops: Buckets | None = None
    """What is left of each shop."""
    addresses: Buckets | None = None
    """What is left of each address that has proven nothing."""

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
        now_ms = int(time() * 1000)
        for app in apps.values():
            note_secrets(app.name, app.secrets, now_ms)
        before = {entrance.name: entrance for entrance in self.paths.values()}
        paths: dict[str, Entrance] = {}
        for name, app in apps.items():
            paths[f"/webhooks/{name}"] = entrance_of(app, before.get(name))
        if len(apps) == 1:
            (only,) = paths.values()
            paths["/webhooks"] = only
        self.paths = paths


def entrance_of(app: App, before: Entrance | None = None) -> Entrance:
    """Work out what an app's requests need, by the secrets that count now. What `before` knows of
    shops and addresses goes on to count.
    """
    platform = app.platform
    shops = None if before is None else before.shops
    addresses = None if before is None else before.addresses
    return Entrance(
        app.name,
        platform,
        app.topics,
        proof_of(platform, app.keys_at(time())),
        shop_check(app),
        needs_body(platform),
        buckets_of(app.shop_rate, shops),
        buckets_of(app.address_rate, addresses),
    )

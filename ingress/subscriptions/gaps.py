"""From when to when no webhook of a topic could come, and what to ask the platform for then. Pure.

A gap begins when the subscription was last seen, which is before it was removed, and ends when it
was there again: what is asked for is rather too much than too little.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

from ingress.subscriptions.apis import Api
from ingress.subscriptions.held import Held


@dataclass(frozen=True, slots=True)
class Gap:
    """Milliseconds since 1970; `since_ms` is None where nobody had seen it before."""

    shop: str
    topic: str
    since_ms: int | None
    until_ms: int


@dataclass(frozen=True, slots=True)
class _Sighting:
    at_ms: int
    id: str
    was_there: bool = True


class Sightings:
    """When each shop's subscription of a topic was last seen, since this process began."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], _Sighting] = {}

    def saw(self, shop: str, one: Held, now_ms: int) -> Gap | None:
        """Note that it is there; return the gap where it was not there all the time."""
        key = (shop, one.topic)
        before = self._last.get(key)
        self._last[key] = _Sighting(now_ms, one.id)
        if before is None or (before.was_there and before.id == one.id):
            return None

        until_ms = now_ms
        made_ms = one.created_ms
        if before.id != one.id and made_ms is not None and before.at_ms < made_ms < now_ms:
            until_ms = made_ms
        return Gap(shop, one.topic, before.at_ms, until_ms)

    def missed(self, shop: str, topic: str) -> None:
        """Note that it is not there."""
        before = self._last.get((shop, topic))
        if before is not None:
            self._last[shop, topic] = _Sighting(before.at_ms, before.id, was_there=False)

    def restored(self, shop: str, one: Held, now_ms: int) -> Gap:
        """Note that it is there again, put back by us; return the gap."""
        before = self._last.get((shop, one.topic))
        self._last[shop, one.topic] = _Sighting(now_ms, one.id)
        since_ms = None if before is None else before.at_ms
        return Gap(shop, one.topic, since_ms, now_ms)

    def forget_all_but(self, shops: Collection[str]) -> None:
        """Forget shops that are no more."""
        for shop, topic in list(self._last):
            if shop not in shops:
                del self._last[shop, topic]


def query(gap: Gap, api: Api, version: str) -> str:
    """Return the call that lists what has changed in the gap; nothing where there is none."""
    resource, _, event = gap.topic.replace(".", "/").partition("/")
    listed = api.listed.get(resource)
    if listed is None or event in ("delete", "redact", "data_request") or gap.since_ms is None:
        return ""

    # What was made in the gap was changed in it too, but not the other way round.
    which = "created_at" if event == "create" else "updated_at"
    asked = {
        f"{which}_min": _written(gap.since_ms, api),
        f"{which}_max": _written(gap.until_ms + 999, api),
        "limit": str(api.page_size),
    }
    path = api.path.format(version=version)
    joint = "&" if "?" in listed else "?"
    told = urlencode(asked, quote_via=quote, safe=":")
    return f"GET https://{gap.shop}{path}/{listed}{joint}{told}"


def _written(at_ms: int, api: Api) -> str:
    return datetime.fromtimestamp(at_ms // 1000, UTC).strftime(api.moment)

"""From when to when no webhook of a topic could come, and what to ask the platform for then. Pure.

A gap begins when the subscription was last seen, which is before it was removed, and ends when it
was there again: what is asked for is rather too much than too little.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

from ingress.subscriptions.apis import Api
from ingress.subscriptions.held import Held

_UNLISTED = ("delete", "redact", "data_request")
"""Events after which nothing is there that could be listed."""


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
        before = self._note(shop, one, now_ms)
        if before is None:
            return None

        is_same = before.id == one.id
        if is_same and before.was_there:
            return None

        until_ms = now_ms
        if not is_same and _is_between(before.at_ms, one.created_ms, now_ms):
            until_ms = one.created_ms or now_ms
        return Gap(shop, one.topic, before.at_ms, until_ms)

    def missed(self, shop: str, topic: str) -> None:
        """Note that it is not there."""
        key = (shop, topic)
        before = self._last.get(key)
        if before is not None:
            self._last[key] = replace(before, was_there=False)

    def restored(self, shop: str, one: Held, now_ms: int) -> Gap:
        """Note that it is there again, put back by us; return the gap."""
        before = self._note(shop, one, now_ms)
        since_ms = None
        if before is not None:
            since_ms = before.at_ms
        return Gap(shop, one.topic, since_ms, now_ms)

    def forget_all_but(self, shops: Collection[str]) -> None:
        """Forget shops that are no more."""
        for key in list(self._last):
            shop, _ = key
            if shop not in shops:
                del self._last[key]

    def _note(self, shop: str, one: Held, now_ms: int) -> _Sighting | None:
        """Note that it is there now; return when it was seen before."""
        key = (shop, one.topic)
        before = self._last.get(key)
        self._last[key] = _Sighting(now_ms, one.id)
        return before


def query(gap: Gap, api: Api, version: str) -> str:
    """Return the call that lists what has changed in the gap; nothing where there is none."""
    slashed = gap.topic.replace(".", "/")
    resource, _, event = slashed.partition("/")
    listed = api.listed.get(resource)
    if listed is None or gap.since_ms is None or event in _UNLISTED:
        return ""

    # What was made in the gap was changed in it too, but not the other way round.
    which = "updated_at"
    if event == "create":
        which = "created_at"
    asked = {
        f"{which}_min": _written(gap.since_ms, api),
        f"{which}_max": _written(gap.until_ms + 999, api),
        "limit": api.page_size,
    }

    joint = "?"
    if joint in listed:
        joint = "&"
    path = api.path.format(version=version)
    told = urlencode(asked, quote_via=quote, safe=":")
    return f"GET https://{gap.shop}{path}/{listed}{joint}{told}"


def _is_between(before_ms: int, at_ms: int | None, after_ms: int) -> bool:
    if at_ms is None:
        return False
    return before_ms < at_ms < after_ms


def _written(at_ms: int, api: Api) -> str:
    seconds = at_ms // 1000
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.strftime(api.moment)

"""From when to when no webhook of a topic could come, and what to ask the platform for then. Pure.

What is asked for is rather too much than too little.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

from ingress.subscriptions.apis import Api

_UNLISTED = ("delete", "redact", "data_request")
"""Events after which nothing is there that could be listed."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Milliseconds since 1970; `since_ms` is None where nobody had seen it before."""

    shop: str
    topic: str
    since_ms: int | None
    until_ms: int


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


def _written(at_ms: int, api: Api) -> str:
    seconds = at_ms // 1000
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.strftime(api.moment)

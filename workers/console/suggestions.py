"""What the filter box suggests: keys, and behind a key what there is of it. Pure.

The browser asks once for all of it, and matches what is typed itself.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from schemas.dead_letter import Reason
from workers.console.filter_box import KEYS, quoted
from workers.console.scan import Scan
from workers.operate.rows import Table

MOST = 40
"""Values of a key, those of most letters."""
SPANS = ("15m", "1h", "2h", "12h", "1d", "1w")
REASONS = frozenset(Reason)
UNASKED: Mapping[str, Sequence[str]] = {
    "unrouted": ("consumer", "reason", "error", "group"),
    "waiting": ("reason",),
}
"""Keys by which letters of a kind are not told apart."""
EXAMPLES: Mapping[str, str] = {
    "dead": 'consumer:erp reason:exhausted shop:… error:"timed out" since:2h',
    "waiting": 'consumer:erp shop:… error:"timed out" since:2h',
    "unrouted": "topic:orders/create shop:… since:2h",
}
"""What an empty box of a kind shows."""
LOOKED_AT = 20_000
"""Letters that are counted, the latest."""


def suggestions(scan: Scan, kind: str) -> Mapping[str, Sequence[str]]:
    """Return for each key what may stand behind it, as it is written there: of letters of a kind,
    what can be done to them by.
    """
    letters = scan.letters[:LOOKED_AT]
    errors = Counter(_beginning(group.error) for group in scan.groups)
    found = {
        "consumer": _most(letter.consumer for letter in letters),
        "topic": _most(letter.topic for letter in letters),
        "shop": _most(letter.shop for letter in letters),
        "reason": _most(letter.reason for letter in letters if letter.reason in REASONS),
        "error": _written(errors),
        "group": _most(letter.group for letter in letters),
        "since": SPANS,
        "until": SPANS,
    }
    unasked = UNASKED.get(kind, ())
    return {key: found.get(key, ()) for key in KEYS if key not in unasked}


def journal_suggestions(table: Table | None, scans: Iterable[Scan]) -> Mapping[str, Sequence[str]]:
    """Return the same for the journal, that nobody looks through for it: topics that there are, and
    shops of which letters lie somewhere.
    """
    topics: set[str] = set()
    if table is not None:
        topics = {row.topic for row in table.queues} | {*table.unrouted.topics}

    shops = Counter[str]()
    for scan in scans:
        shops.update(letter.shop for letter in scan.letters[:LOOKED_AT])
    return {
        "topic": [quoted(topic) for topic in sorted(topics)],
        "shop": _written(shops),
        "id": (),
        "since": SPANS,
        "until": SPANS,
    }


def _most(values: Iterable[str]) -> list[str]:
    return _written(Counter(values))


def _written(counted: Counter[str]) -> list[str]:
    common = counted.most_common(MOST)
    return [quoted(value) for value, _ in common if value]


def _beginning(error: str) -> str:
    """Return the kind of an error: what stands before its colon, which many letters share."""
    kind, _, _ = error.partition(":")
    return kind[:60]

"""Once: what a consumer says so that a webhook that comes twice takes effect once. Pure.

claim ── granted ──▶ the handler runs ── returns ──▶ kept for `window`
  │                        └── fails, is late, is cut off ──▶ released
  ├── held: by another run ──▶ the same attempt later
  └── kept ──▶ done already, the handler does not run
"""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import Literal, TypeAlias

from schemas.webhook import Webhook
from workers import durations
from workers.asking import Asking
from workers.claims import Store, Transactions

STANDARD_WINDOW = "48h"
"""How long a claim by `webhook.id` is kept: as long as platforms send the same webhook again."""
OVER = 15.0
"""Seconds that a claim outlives the handler's timeout, should nobody keep or release it: until then
whoever had it may still be ending its handler, or be asking the store.
"""

Key: TypeAlias = Literal["id", "digest"]
Away: TypeAlias = Literal["run", "wait"]

_PLAIN = re.compile(r"[!-~]{1,200}")


class BadOnce(ValueError):
    """What is said of once cannot be; the message says how it should be."""


@dataclass(frozen=True, slots=True)
class Once:
    """Has a webhook take effect once in its consumer, though it may come twice.

    Before the handler runs, the worker claims the webhook's key in `store`. Where the handler
    returns, the claim is kept for `window`, and whoever comes with the same key meanwhile is done.
    Where it fails, is late or is cut off, the claim is released. Who finds it held by another run
    comes again later, and no attempt is counted.

    A worker that dies leaves its claim behind: it ends `OVER` seconds after the handler's timeout
    would have, and until then its webhook comes later. So no two runs of one key overlap, not even
    where the broker hands the same message to a second worker while the first is still at it;
    unless a handler ignores its cancellation, or blocks its event loop for longer than that. Not
    promised: that a handler which had its effect runs no second time where its worker dies, or the
    store does not answer, before the claim is kept. That takes `InTransaction`.

    `key="id"` is `webhook.id`: the platform's own, the same each time that it sends a webhook
    again. Where the platform sends none, it is ours, another for each webhook taken in: then it
    tells only what the broker hands out twice. `key="digest"` tells by app, topic, shop and body,
    and so swallows the second of two equal bodies within `window`, also where the platform meant
    both (a cart that goes from one item to two and back); it has no window but the one given.

    `away` says what becomes of a webhook while the store does not answer within `patience` seconds:
    "run" runs the handler without a claim, "wait" has it come later. Raises BadOnce.
    """

    store: Store | Transactions
    window: float | str | timedelta | None = None
    key: Key = "id"
    away: Away | None = None
    patience: float = 2.0
    seconds: float = field(init=False, repr=False)
    """How long a claim is kept."""
    is_in_transaction: bool = field(init=False, repr=False)
    """Whether the handler makes the claim, in a transaction of its own."""
    asking: Asking = field(init=False, repr=False, compare=False)
    """By which the store is asked."""

    def __post_init__(self) -> None:
        _check_store(self.store)
        # Asked here alone: to look whether an object has some methods takes as long as an attempt.
        object.__setattr__(self, "is_in_transaction", not isinstance(self.store, Store))
        if self.key not in ("id", "digest"):
            raise BadOnce(f'key is "id" or "digest", and not {self.key!r:.80}')
        if self.away not in (None, "run", "wait"):
            raise BadOnce(f'away is "run" or "wait", and not {self.away!r:.80}')
        if self.is_in_transaction and self.away is not None:
            raise BadOnce(
                "a claim in your transaction asks no store of ours: where your database is away, "
                "the handler fails, and is tried again; leave away= out"
            )
        if not _is_number(self.patience) or not 0 < self.patience <= durations.UNITS["m"]:
            raise BadOnce(
                f"patience is a number of seconds up to a minute, and not {self.patience!r:.80}"
            )
        object.__setattr__(self, "seconds", self._window_seconds())
        object.__setattr__(self, "asking", Asking(str(self.store), self.patience))

    @property
    def rule(self) -> str:
        """What counts as the same webhook, and for how long."""
        window = durations.shown(self.seconds)
        return f"once by {self.key} within {window}"

    def __str__(self) -> str:
        line = f"{self.rule}, claims in {self.store}"
        if self.is_in_transaction:
            return line
        does = "waits" if self.waits else "runs"
        return f"{line}, {does} while that is away"

    @property
    def waits(self) -> bool:
        """Whether nothing runs while the store does not answer."""
        return self.away == "wait"

    def key_of(self, consumer: str, webhook: Webhook, again: str = "") -> str:
        """Return what is claimed for a webhook: at most 400 printable characters of ASCII.

        `again` names an operator's replay, whose runs are told apart from all that were before.
        """
        own = webhook.digest if self.key == "digest" else webhook.id
        if again:
            own = f"{own}\n{again}"
        if not _PLAIN.fullmatch(own):
            own = sha256(own.encode(errors="surrogatepass")).hexdigest()
        return f"{webhook.app}/{consumer}/{own}"

    def _window_seconds(self) -> float:
        if self.window is None:
            if self.key == "digest":
                raise BadOnce(
                    'key="digest" needs a window=, such as "10m": within it the second of two '
                    "equal bodies is swallowed, though the platform may mean both"
                )
            return durations.duration(STANDARD_WINDOW)
        return _seconds_of(self.window)


def _check_store(store: object) -> None:
    if isinstance(store, Store | Transactions) and not isinstance(store, type):
        return
    raise BadOnce(
        f"{_shown(store)} keeps no claims: give RedisStore(url) of workers.stores.redis, "
        "PostgresStore(url) of workers.stores.postgres, or InTransaction() of "
        "workers.stores.transaction"
    )


def _shown(store: object) -> str:
    """Return what a store is called that is none; a URL may hold a password."""
    if isinstance(store, type):
        return store.__name__
    return f"a {type(store).__name__}"


def _seconds_of(window: object) -> float:
    seconds = 0.0
    match window:
        case str():
            seconds = _seconds_in(window)
        case timedelta():
            seconds = window.total_seconds()
        case int() | float() if _is_number(window):
            seconds = float(window)
    if not 1 <= seconds <= durations.MAX_SECONDS:
        raise BadOnce(
            f'window is from a second to ten years, such as "48h", and not {window!r:.80}'
        )
    return seconds


def _seconds_in(text: str) -> float:
    try:
        return durations.duration(text)
    except durations.BadDuration as error:
        raise BadOnce(f"window: {error}") from error


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)

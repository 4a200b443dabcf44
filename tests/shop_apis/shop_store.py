"""One shop of a stand-in: its credential, its subscriptions, and its limit of calls."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from time import time
from typing import Any

from multidict import MultiMapping

_IDS = count(4_759_306)


class NotTaken(Exception):
    """What was asked for is refused: the status, and the body's `errors`."""

    def __init__(self, status: int, errors: Any) -> None:
        super().__init__(status)
        self.status = status
        self.errors = errors


@dataclass
class ShopStore:
    """A shop; `hooks` are its subscriptions as the API shows them, by id."""

    credential: str
    topics: frozenset[str]
    """Those that its platform knows."""
    limit: int = 500
    """Calls of a period, or in the bucket."""
    left: int = 500
    until: float = field(default_factory=lambda: time() + 300)
    hooks: dict[int, dict[str, Any]] = field(default_factory=dict)

    def add(self, topic: str, address: str, format_: str = "json") -> dict[str, Any]:
        """Have a subscription, as if it had been made before."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        number = next(_IDS)
        self.hooks[number] = {
            "id": number,
            "address": address,
            "topic": topic,
            "created_at": now,
            "updated_at": now,
            "format": format_,
        }
        return self.hooks[number]

    def led_to(self) -> set[tuple[str, str]]:
        """Return which topic leads to which address."""
        return {(one["topic"], one["address"]) for one in self.hooks.values()}

    def found(self, asked: MultiMapping[str]) -> list[dict[str, Any]]:
        """Return those that a list's filters leave, the oldest first."""
        hooks = [self.hooks[number] for number in sorted(self.hooks)]
        for name in ("topic", "address"):
            if name in asked:
                hooks = [one for one in hooks if one[name] == asked[name]]
        if "since_id" in asked:
            hooks = [one for one in hooks if one["id"] > int(asked["since_id"])]
        return hooks

    def one(self, number: int) -> dict[str, Any]:
        """Return a subscription, or raise NotTaken."""
        if number not in self.hooks:
            raise NotTaken(404, "Not Found")
        return self.hooks[number]

    def change(self, number: int, given: Mapping[str, Any]) -> dict[str, Any]:
        """Change address, topic or format of a subscription."""
        hook = self.one(number)
        for name in ("address", "topic", "format"):
            if name in given:
                hook[name] = given[name]
        hook["updated_at"] = datetime.now(UTC).isoformat(timespec="seconds")
        return hook

"""Which webhooks of the journal one consumer is to be given, as it was filled in."""

from collections.abc import Mapping
from dataclasses import dataclass
from time import time
from typing import Any

from workers.console.journal_box import SoughtBox, read_journal_box
from workers.console.wishes import BadWish, number_of, opened_at, rate_of, short_name_of


@dataclass(frozen=True, slots=True)
class Refill:
    """Whom what is given."""

    consumer: str
    box: SoughtBox
    rate: float
    name: str
    force: bool
    again: bool
    counted: int | None
    """How many the dialog has told; None where it could not count them all."""

    @classmethod
    def of(cls, form: Mapping[str, Any]) -> "Refill":
        """Return what was filled in; raises BadWish."""
        now_ms = opened_at(form, int(time() * 1000))
        box = read_journal_box(str(form.get("q", "")), now_ms)
        consumer = str(form.get("to", ""))
        if box.problem:
            raise BadWish(box.problem)
        if box.sought.is_empty:
            raise BadWish("Say which, such as since:14:00, or topic:orders/create.")
        if not consumer:
            raise BadWish("To which consumer?")
        return cls(
            consumer=consumer,
            box=box,
            rate=rate_of(form),
            name=short_name_of(form),
            force="force" in form,
            again="again" in form,
            counted=number_of(form, "counted"),
        )

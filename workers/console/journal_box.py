"""What stands in the journal's filter box, as what is sought there. Pure."""

from dataclasses import dataclass, replace

from workers.console.filter_box import read_box
from workers.settings import SettingsError
from workers.sought import Sought

ELSEWHERE = ("consumer", "group", "reason", "error")
KEYS = "topic, shop, id, since and until"


@dataclass(frozen=True, slots=True)
class SoughtBox:
    """A box that was read; where there is a `problem`, nothing is to be sought."""

    text: str
    sought: Sought
    problem: str = ""


def read_journal_box(text: str, now_ms: int, after: int | None = None) -> SoughtBox:
    """Return what a box asks for, behind a place in the journal."""
    boxed = read_box(text, now_ms)
    wanted = boxed.filter
    if boxed.problem:
        return SoughtBox(boxed.text, Sought(), boxed.problem)
    for key in ELSEWHERE:
        if getattr(wanted, key) is not None:
            return SoughtBox(boxed.text, Sought(), f"{key}: the journal is asked by {KEYS}")

    try:
        sought = Sought(
            topic=wanted.topic,
            shop=wanted.shop,
            id=wanted.id,
            since_ms=wanted.since_ms,
            until_ms=wanted.until_ms,
        )
    except SettingsError as error:
        told = str(error).replace("--", "")
        return SoughtBox(boxed.text, Sought(), told)
    return SoughtBox(boxed.text, replace(sought, after=after))

"""Options of a consumer that keeps each shop's order: what each may be, and with which others."""

from collections.abc import Mapping
from typing import Any, Final

from workers.bad_option import BadOption

CONTINUE: Final = "continue"
HALT: Final = "halt"


def check_ordered(ordered: object) -> None:
    """Raise BadOption where it does not say whether."""
    if not isinstance(ordered, bool):
        raise BadOption(f"ordered is True or False, and not {ordered!r:.80}")


def check_on_dead(on_dead: object) -> None:
    """Raise BadOption where it says nothing of what comes after a dead letter."""
    if on_dead not in (CONTINUE, HALT):
        raise BadOption(
            'on_dead is "continue", for the next webhook of the shop to go on, or "halt", for it '
            f"to wait until the dead one is replayed or dropped, and not {on_dead!r:.80}"
        )


def check_order_of(partitions: int | None, *, ordered: bool, said: Mapping[str, Any]) -> None:
    """Raise BadOption where there is nothing by which an order could be kept."""
    if ordered and partitions is None:
        raise BadOption(
            "ordered=True needs partitions, such as partitions=8: a shop's webhooks keep their "
            "order where one worker at a time has them all"
        )
    if "on_dead" in said and not ordered:
        raise BadOption(
            "on_dead says what becomes of the webhooks behind a dead one, which wait for it only "
            "with ordered=True"
        )

"""What an ordered partition holds back, as the pulse tells of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from schemas import headers as webhook_headers
from schemas.held_lines import HeldLine
from schemas.names import WorkQueue
from workers.broker.under_way import UnderWay
from workers.line import Member

HALTED = "halted: it goes on once the dead letter is replayed or dropped"
"""What stands in place of an error where nothing is due."""

Held = tuple[Member[UnderWay], UnderWay]


@dataclass(frozen=True, slots=True)
class HeldBack:
    """How many webhooks are held of a partition, and those that come first of each shop.

    `received_ms` is when the oldest was received that was never attempted, and waits behind
    another; 0 where there is none.
    """

    count: int = 0
    received_ms: int = 0
    lines: tuple[HeldLine, ...] = ()


def held_back(queue: WorkQueue, members: Iterable[Member[UnderWay]]) -> HeldBack:
    """Return what is held of these members of a partition's lines."""
    held = [(one, one.delivery) for one in members if one.is_held and one.delivery is not None]
    held.sort(key=_place)

    lines = []
    waiting: list[int] = []
    for _, of_shop in groupby(held, _shop):
        head, *behind = of_shop
        lines.append(_line(queue, head, len(behind)))
        waiting += _received_ms(behind)
    return HeldBack(len(held), min(waiting, default=0), tuple(lines))


def _shop(one: Held) -> str:
    member, _ = one
    return member.shop


def _place(one: Held) -> tuple[str, int]:
    member, _ = one
    return member.shop, member.place


def _received_ms(behind: Iterable[Held]) -> Iterator[int]:
    for _, run in behind:
        received_ms = webhook_headers.number(run.headers, webhook_headers.RECEIVED)
        if run.number == 1 and received_ms:
            yield received_ms


def _line(queue: WorkQueue, head: Held, behind: int) -> HeldLine:
    member, run = head
    error = webhook_headers.text(run.headers, webhook_headers.ERROR)
    return HeldLine(
        queue=queue.name,
        shop=member.shop,
        id=webhook_headers.text(run.headers, webhook_headers.ID),
        topic=run.properties.type or "",
        error=HALTED if member.is_halted else error,
        attempt=run.number,
        since_ms=webhook_headers.number(run.headers, webhook_headers.WAITING),
        due_ms=member.due_ms,
        behind=behind,
        halted=int(member.is_halted),
    )

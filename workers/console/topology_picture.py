"""The topology as a picture: from the exchange over topics to queues and their dead letters. Pure.

┌──────────┐   ┌───────────────┐   ┌──────────────────────┐   ┌──────┐
│ webhooks ├───┤ orders/create ├───┤ erp            17 ·  ├───┤ dead │
└────┬─────┘   └───────────────┘   └──────────────────────┘   └──────┘
     ┆ no queue    ┌──────────┐
     └┄┄┄┄┄┄┄┄┄┄┄┄┄┤ unrouted │         ladder ┄┄ back to its queue
                   └──────────┘
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from workers.operate.rows import QueueRow, Table

ROW = 34
"""Height of a row, with the air around it."""
TALL = 26
TOP = 14
EXCHANGE_X = 8
TOPIC_X = 190
QUEUE_X = 460
DEAD_X = 800
WIDTH = 960
EXCHANGE_WIDE = 110
TOPIC_WIDE = 200
QUEUE_WIDE = 280
DEAD_WIDE = 120


@dataclass(frozen=True, slots=True)
class Box:
    """A box with a text at its left and a number at its right; `kind` is how it looks."""

    x: int
    y: int
    wide: int
    text: str
    number: str = ""
    kind: str = ""
    path: str = ""
    """Where it leads, with what it asks for there."""
    asks: str = ""

    @property
    def middle(self) -> int:
        """Half its height."""
        return self.y + TALL // 2


@dataclass(frozen=True, slots=True)
class Link:
    """A line between two boxes, as the path of a picture."""

    path: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """Boxes and lines, and how large it is."""

    boxes: tuple[Box, ...]
    links: tuple[Link, ...]
    wide: int
    tall: int


def drawn(table: Table) -> Picture:
    """Return the picture of an app."""
    drawing = _Drawing(table)
    drawing.draw()
    return drawing.picture


class _Drawing:
    """Draws from top to bottom."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._boxes: list[Box] = []
        self._links: list[Link] = []
        self._y = TOP

    @property
    def picture(self) -> Picture:
        """What was drawn."""
        return Picture(tuple(self._boxes), tuple(self._links), WIDTH, self._y + TOP)

    def draw(self) -> None:
        """Draw all of it."""
        exchange = Box(EXCHANGE_X, TOP, EXCHANGE_WIDE, "webhooks", kind="exchange")
        self._boxes.append(exchange)
        for topic, rows in _by_topic(self._table.queues):
            self._draw_topic(exchange, topic, rows)
        self._draw_rest(exchange)

    def _draw_topic(self, exchange: Box, name: str, rows: Iterable[QueueRow]) -> None:
        topic = Box(TOPIC_X, self._y, TOPIC_WIDE, name, kind="topic")
        self._boxes.append(topic)
        self._links.append(_link(exchange, topic))
        for row in rows:
            queue = _queue_box(row, self._y)
            self._boxes.append(queue)
            self._links.append(_link(topic, queue))
            if row.dead:
                dead = _dead_box(row, self._y)
                self._boxes.append(dead)
                self._links.append(_link(queue, dead, "dead"))
            self._y += ROW

    def _draw_rest(self, exchange: Box) -> None:
        self._y += TOP
        count = self._table.unrouted.count or 0
        unrouted = Box(
            TOPIC_X,
            self._y,
            TOPIC_WIDE,
            "unrouted",
            number=str(count or ""),
            kind="unrouted" if count else "unrouted empty",
            path="/unrouted",
        )
        waiting = sum(self._table.waiting.values())
        ladder = Box(
            QUEUE_X,
            self._y,
            QUEUE_WIDE,
            "waiting, then back to its queue",
            number=str(waiting or ""),
            kind="ladder" if waiting else "ladder empty",
            path="/waiting",
        )
        self._boxes += [unrouted, ladder]
        self._links.append(_link(exchange, unrouted, "otherwise"))
        self._y += ROW


def _by_topic(rows: Iterable[QueueRow]) -> Iterator[tuple[str, Iterable[QueueRow]]]:
    ordered = sorted(rows, key=lambda row: (row.topic, row.consumer))
    return groupby(ordered, key=lambda row: row.topic)


def _queue_box(row: QueueRow, y: int) -> Box:
    name = row.consumer
    if row.partitions:
        name = f"{row.consumer} · {len(row.partitions)} partitions"
    ready = "?" if row.ready is None else str(row.ready or "")
    return Box(QUEUE_X, y, QUEUE_WIDE, name, ready, kind=f"queue {row.state.name.lower()}")


def _dead_box(row: QueueRow, y: int) -> Box:
    return Box(
        DEAD_X,
        y,
        DEAD_WIDE,
        "dead",
        number=str(row.dead),
        kind="dead",
        path="/dead-letters",
        asks=f"consumer:{row.consumer} topic:{row.topic}",
    )


def _link(left: Box, right: Box, kind: str = "") -> Link:
    """Return a curve from a box's right side to another's left."""
    start = left.x + left.wide
    half = (start + right.x) // 2
    path = (
        f"M{start} {left.middle}C{half} {left.middle} {half} {right.middle} "
        f"{right.x} {right.middle}"
    )
    return Link(path, kind)

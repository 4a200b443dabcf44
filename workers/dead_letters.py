"""Dead letters: find, show, put back. Which ones is decided here; the broker package looks and moves."""

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from aio_pika.abc import AbstractConnection
from aiormq.abc import DeliveredMessage

from schemas import headers as names
from schemas.dead_letter import DeadLetter
from schemas.topology import WorkQueue
from workers.broker import browse
from workers.broker.publisher import Publisher

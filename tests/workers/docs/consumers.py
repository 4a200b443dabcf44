"""Consumers of every kind that a document tells of."""

from typing import Any

from pydantic import BaseModel

from schemas.payloads import Order, OrderEdit, Product
from workers import Delivery, Once, consumer
from workers.stores.memory import MemoryStore

APP = "spiffy"


class GiftOrder(Order):
    """An author's own model of an order."""

    gift_for: str | None = None


class Parcel(BaseModel):
    """An author's own model, of a platform of the author's own."""

    barcode: str
    next: "Parcel | None" = None


class Opaque:
    """Nothing that a JSON Schema can say."""

    @classmethod
    def __get_pydantic_core_schema__(cls, *_: Any) -> Any:
        """Take anything, by a function that tells nothing of itself."""
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(lambda value: value)


@consumer("orders/create", "orders/paid", timeout=90, concurrency=4, replay="never")
async def erp(delivery: Delivery[Order]) -> None:
    """Book an order.

    An order that the ERP does not know is left to a person.
    """


@consumer("orders/create")
async def gifts(delivery: Delivery[GiftOrder]) -> None:
    """Wrap what is a gift."""


@consumer("orders/edited", rate="60/m", per_shop=2, max_age=3600, once=Once(MemoryStore()))
async def edits(delivery: Delivery[OrderEdit]) -> None: ...


@consumer("products/*")
async def catalogue(delivery: Delivery[Product]) -> None: ...


@consumer("refunds/create", "comets/create")
async def plain(delivery: Delivery[dict]) -> None: ...  # type: ignore[type-arg]


@consumer("*/*")
async def archive(delivery: Delivery[bytes]) -> None: ...


@consumer("parcels/scanned")
async def scans(delivery: Delivery[Parcel]) -> None: ...


@consumer("riddles/create")
async def riddles(delivery: Delivery[Opaque]) -> None: ...


CONSUMERS = (erp, gifts, edits, catalogue, plain, archive, scans, riddles)

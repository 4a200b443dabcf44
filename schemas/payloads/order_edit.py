"""Changes of placed orders: `orders/edited`."""

from pydantic import Field

from schemas.payloads.payload import Part, Payload
from schemas.payloads.times import Time
from schemas.payloads.values import Many, One


class ItemChange(Part):
    """How many more or fewer of one line."""

    id: int | None = Field(None, description="Identifier of the line")
    delta: int | None = Field(None, description="How many")


class ItemChanges(Part):
    """What an edit adds, and what it takes away."""

    additions: Many[ItemChange] = Field(default_factory=list, description="What is added")
    removals: Many[ItemChange] = Field(default_factory=list, description="What is taken away")


class OrderEdit(Payload):
    """What staff changed of an order; the order itself comes as `orders/updated`."""

    id: int = Field(description="Identifier of the edit")
    order_id: int | None = Field(None, description="Identifier of the order")
    app_id: int | None = Field(None, description="Identifier of the app that edited it")
    user_id: int | None = Field(None, description="Identifier of the staff member")
    notify_customer: bool | None = Field(None, description="Whether the customer is told")
    staff_note: str | None = Field(None, description="A note")
    created_at: Time | None = Field(None, description="When it was begun")
    committed_at: Time | None = Field(None, description="When it took effect")
    line_items: One[ItemChanges] = Field(None, description="The lines that changed")
    shipping_lines: One[ItemChanges] = Field(None, description="The ways of shipping that changed")

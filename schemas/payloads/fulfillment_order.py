"""What a shop asks of whoever ships: `fulfillment_orders/…`."""

from typing import Any

from pydantic import Field

from schemas.payloads.payload import Part, Payload
from schemas.payloads.times import Time
from schemas.payloads.values import Loose, Many, One


class FulfillmentHold(Part):
    """Why something is not shipped yet."""

    id: str | None = Field(None, description="Identifier of the hold")
    handle: str | None = Field(None, description="Its name for the app that made it")
    reason: str | None = Field(None, description="Why, as one of the platform's words")
    reason_notes: str | None = Field(None, description="Why, in words")
    held_by_requesting_app: bool | None = Field(None, description="Whether this app made it")


class FulfillmentOrder(Part):
    """Lines of an order that are to be shipped from one place."""

    id: str | None = Field(None, description="Identifier of the fulfillment order")
    status: str | None = Field(None, description="How far it is")
    request_status: str | None = Field(None, description="How far the request to ship it is")
    assigned_location_id: str | None = Field(None, description="Where it ships from")
    preparable: bool | None = Field(None, description="Whether it can be prepared for pick-up")
    fulfill_at: Time | None = Field(None, description="When it is to be shipped")
    delivery_method: One[dict[str, Any]] = Field(None, description="How it is delivered")
    fulfillment_holds: Many[FulfillmentHold] = Field(
        default_factory=list, description="Why it is not shipped yet"
    )


class FulfillmentOrderItem(Part):
    """How many of one line."""

    id: str | None = Field(None, description="Identifier of the line")
    quantity: int | None = Field(None, description="How many")


class FulfillmentOrderChange(Payload):
    """What has become of a fulfillment order. Which field has it depends on the topic: none is in
    all.
    """

    fulfillment_order: One[FulfillmentOrder] = Field(None, description="The one that it is about")
    original_fulfillment_order: One[FulfillmentOrder] = Field(None, description="As it was before")
    submitted_fulfillment_order: One[FulfillmentOrder] = Field(
        None, description="What is asked to be shipped"
    )
    moved_fulfillment_order: One[FulfillmentOrder] = Field(None, description="At its new place")
    replacement_fulfillment_order: One[FulfillmentOrder] = Field(
        None, description="What stands in for a cancelled one"
    )
    remaining_fulfillment_order: One[FulfillmentOrder] = Field(None, description="What is left")
    source_location: One[dict[str, Any]] = Field(None, description="Where it was")
    destination_location_id: str | None = Field(None, description="Where it has moved to")
    message: str | None = Field(None, description="What the shop or the shipper adds")
    initial_status: str | None = Field(None, description="How far it was before")
    fulfillment_order_line_items_requested: Many[FulfillmentOrderItem] = Field(
        default_factory=list, description="The lines that were asked for"
    )
    held_fulfillment_order_line_items: Many[FulfillmentOrderItem] = Field(
        default_factory=list, description="The lines that are held"
    )
    split_line_items: Many[FulfillmentOrderItem] = Field(
        default_factory=list, description="The lines that were split off"
    )
    merge_intents: Loose = Field(default_factory=list, description="What was to be merged")
    created_fulfillment_hold: One[FulfillmentHold] = Field(None, description="The new hold")

"""Fulfillments: `fulfillments/create`, `fulfillments/update`, `fulfillment_events/create`, and
within orders.
"""

from pydantic import Field

from schemas.payloads.address import Address
from schemas.payloads.line_item import LineItem
from schemas.payloads.payload import Part, Payload
from schemas.payloads.times import Time
from schemas.payloads.values import Many, One


class FulfillmentPart(Part):
    """One parcel within an order: lines of it shipped together."""

    id: int | None = Field(None, description="Identifier of the fulfillment")
    order_id: int | None = Field(None, description="Identifier of the order")
    name: str | None = Field(None, description="Its name as customers see it, `#1001.1`")
    status: str | None = Field(None, description="How far it is")
    shipment_status: str | None = Field(None, description="How far the carrier is")
    service: str | None = Field(None, description="Who ships it")
    location_id: int | None = Field(None, description="Identifier of the place it ships from")
    email: str | None = Field(None, description="The customer's email address")
    created_at: Time | None = Field(None, description="When it was created")
    updated_at: Time | None = Field(None, description="When it last changed")
    tracking_company: str | None = Field(None, description="The carrier")
    tracking_number: str | None = Field(None, description="The first of the carrier's numbers")
    tracking_numbers: Many[str] = Field(
        default_factory=list, description="The carrier's numbers for it"
    )
    tracking_url: str | None = Field(None, description="The first of the addresses to follow it at")
    tracking_urls: Many[str] = Field(default_factory=list, description="Where to follow it")
    origin_address: One[Address] = Field(None, description="Where it ships from")
    destination: One[Address] = Field(None, description="Where it goes")
    line_items: Many[LineItem] = Field(default_factory=list, description="The lines in it")


class Fulfillment(FulfillmentPart, Payload):
    """One parcel: lines of an order shipped together."""

    id: int = Field(description="Identifier of the fulfillment")


class FulfillmentEvent(Payload):
    """What a carrier says of a parcel on its way."""

    id: int = Field(description="Identifier of the event")
    fulfillment_id: int | None = Field(None, description="Identifier of the fulfillment")
    order_id: int | None = Field(None, description="Identifier of the order")
    shop_id: int | None = Field(None, description="Identifier of the shop")
    status: str | None = Field(None, description="How far the parcel is, such as in_transit")
    message: str | None = Field(None, description="What the carrier adds")
    happened_at: Time | None = Field(None, description="When it happened")
    estimated_delivery_at: Time | None = Field(None, description="When it is to arrive")
    address1: str | None = Field(None, description="Street address where it happened")
    city: str | None = Field(None, description="City, town or suburb where it happened")
    province: str | None = Field(None, description="State or province where it happened")
    country: str | None = Field(None, description="Country where it happened")
    zip: str | None = Field(None, description="Postcode where it happened")
    latitude: float | None = Field(None, description="Degrees north of where it happened")
    longitude: float | None = Field(None, description="Degrees east of where it happened")
    created_at: Time | None = Field(None, description="When the event was created")
    updated_at: Time | None = Field(None, description="When the event last changed")

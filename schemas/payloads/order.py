"""Orders: `orders/create`, `orders/updated`, `orders/paid`, …"""

from typing import Any

from pydantic import Field

from schemas.payloads.address import Address
from schemas.payloads.answers import Answers
from schemas.payloads.customer import CustomerPart
from schemas.payloads.payload import Part, Payload
from schemas.payloads.times import Time
from schemas.payloads.values import Many, Money, One, Tags


class TaxLine(Part):
    """One tax on an order."""

    title: str | None = Field(None, description="Name of the tax")
    price: Money | None = Field(None, description="The tax's amount")
    rate: Money | None = Field(None, description="The tax's rate, as a fraction")


class ShippingLine(Part):
    """One way the order is shipped."""

    title: str | None = Field(None, description="Name of the method")
    price: Money | None = Field(None, description="What it costs")
    code: str | None = Field(None, description="Code of the method")
    source: str | None = Field(None, description="Whose method it is")
    tax_lines: Many[TaxLine] = Field(default_factory=list, description="The taxes on it")


class DiscountCode(Part):
    """A code that the shopper gave for a discount."""

    code: str | None = Field(None, description="The code")
    amount: Money | None = Field(None, description="What it takes off")


class LineItem(Part):
    """One line of an order."""

    id: int | None = Field(None, description="Identifier of the line")
    variant_id: int | None = Field(None, description="Identifier of the product's variant")
    product_id: int | None = Field(None, description="Identifier of the product; may exceed 2^53")
    title: str | None = Field(None, description="Title of the product")
    variant_title: str | None = Field(None, description="Title of the variant")
    name: str | None = Field(None, description="Titles of product and variant together")
    quantity: int | None = Field(None, description="How many")
    price: Money | None = Field(None, description="Price of one")
    sku: str | None = Field(None, description="Stock keeping unit")
    grams: int | None = Field(None, description="Weight of one, in grams")
    vendor: str | None = Field(None, description="Vendor")
    gift_card: bool | None = Field(None, description="Whether it is a gift card")
    taxable: bool | None = Field(None, description="Whether taxes are due on it")
    requires_shipping: bool | None = Field(None, description="Whether it is shipped at all")
    fulfillment_service: str | None = Field(None, description="Who ships it")
    fulfillment_status: str | None = Field(None, description="How far it is shipped")
    properties: Answers = Field(
        default_factory=dict, description="What the shopper entered for this line"
    )
    tax_lines: Many[TaxLine] = Field(default_factory=list, description="The taxes on it")


class Fulfillment(Part):
    """One parcel: lines of the order shipped together."""

    id: int | None = Field(None, description="Identifier of the fulfillment")
    order_id: int | None = Field(None, description="Identifier of the order")
    status: str | None = Field(None, description="How far it is")
    service: str | None = Field(None, description="Who ships it")
    created_at: Time | None = Field(None, description="When it was created")
    updated_at: Time | None = Field(None, description="When it last changed")
    tracking_company: str | None = Field(None, description="The carrier")
    tracking_numbers: Many[str] = Field(
        default_factory=list, description="The carrier's numbers for it"
    )
    tracking_urls: Many[str] = Field(default_factory=list, description="Where to follow it")
    line_items: Many[LineItem] = Field(default_factory=list, description="The lines in it")


class OrderPart(Part):
    """An order within a customer credit, which may show no more than its name."""

    id: int | None = Field(None, description="Identifier of the order")
    order_number: int | None = Field(None, description="Its number in the shop")
    name: str | None = Field(None, description="Its number as customers see it, `#001045`")
    number: int | None = Field(None, description="Its running number")
    token: str | None = Field(None, description="Identifier in the shop's addresses")
    browser_ip: str | None = Field(None, description="IP address of the shopper")
    buyer_accepts_marketing: bool | None = Field(None, description="Acceptance of marketing emails")
    cart_token: str | None = Field(None, description="The cart it was made from")
    created_at: Time | None = Field(None, description="When it was placed")
    updated_at: Time | None = Field(None, description="When it last changed")
    cancelled_at: Time | None = Field(None, description="When it was cancelled")
    cancel_reason: str | None = Field(None, description="Why it was cancelled")
    closed_at: Time | None = Field(None, description="When it was closed")
    confirmed: bool | None = Field(None, description="Whether it is confirmed")
    test: bool | None = Field(None, description="Whether it is a test")
    currency: str | None = Field(None, description="Currency, three letters (ISO 4217)")
    email: str | None = Field(None, description="The customer's email address")
    credit: Money | None = Field(None, description="Customer credit spent on it")
    financial_status: str | None = Field(None, description="How far it is paid")
    fulfillment_status: str | None = Field(None, description="How far it is shipped")
    gateway: str | None = Field(None, description="How it was paid")
    note: str | None = Field(None, description="The shopper's note")
    tags: Tags = Field(default_factory=list, description="Tags associated with the order")
    subtotal_price: Money | None = Field(None, description="Goods less discounts")
    taxes_included: bool | None = Field(None, description="Whether prices contain the taxes")
    total_discounts: Money | None = Field(None, description="All discounts")
    total_line_items_price: Money | None = Field(None, description="All lines")
    total_price: Money | None = Field(None, description="What is to be paid")
    total_tax: Money | None = Field(None, description="All taxes")
    total_weight: int | None = Field(None, description="Weight in grams")
    discount_codes: Many[DiscountCode] = Field(
        default_factory=list, description="Discount codes used"
    )
    note_attributes: Answers = Field(
        default_factory=dict, description="What the shop's theme asked"
    )
    tax_lines: Many[TaxLine] = Field(default_factory=list, description="The taxes")
    line_items: Many[LineItem] = Field(default_factory=list, description="The lines")
    shipping_lines: Many[ShippingLine] = Field(
        default_factory=list, description="The ways it is shipped"
    )
    fulfillments: Many[Fulfillment] = Field(default_factory=list, description="The parcels")
    payment_details: One[dict[str, Any]] = Field(None, description="About the payment")
    client_details: One[dict[str, Any]] = Field(None, description="About the shopper's browser")
    billing_address: One[Address] = Field(None, description="Who pays")
    shipping_address: One[Address] = Field(None, description="Who receives")
    customer: One[CustomerPart] = Field(None, description="The customer")


class Order(OrderPart, Payload):
    """What a customer has bought."""

    id: int = Field(description="Identifier of the order")

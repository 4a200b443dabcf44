"""Orders: `orders/create`, `orders/updated`, `orders/paid`, …"""

from typing import Any

from pydantic import Field

from schemas.payloads.address import Address
from schemas.payloads.answers import Answers
from schemas.payloads.customer import CustomerPart
from schemas.payloads.fulfillment import FulfillmentPart
from schemas.payloads.line_item import LineItem, TaxLine
from schemas.payloads.payload import Part, Payload
from schemas.payloads.refund import RefundPart
from schemas.payloads.times import Time
from schemas.payloads.values import Many, Money, One, Tags


class ShippingLine(Part):
    """One way the order is shipped."""

    id: int | None = Field(None, description="Identifier of the line")
    title: str | None = Field(None, description="Name of the method")
    price: Money | None = Field(None, description="What it costs")
    discounted_price: Money | None = Field(None, description="What it costs after discounts")
    code: str | None = Field(None, description="Code of the method")
    source: str | None = Field(None, description="Whose method it is")
    tax_lines: Many[TaxLine] = Field(default_factory=list, description="The taxes on it")


class DiscountCode(Part):
    """A code that the shopper gave for a discount."""

    code: str | None = Field(None, description="The code")
    amount: Money | None = Field(None, description="What it takes off")


class OrderPart(Part):
    """An order within a customer credit, which may show no more than its name."""

    id: int | None = Field(None, description="Identifier of the order")
    order_number: int | None = Field(None, description="Its number in the shop")
    name: str | None = Field(None, description="Its number as customers see it, `#001045`")
    number: int | None = Field(None, description="Its running number")
    token: str | None = Field(None, description="Identifier in the shop's addresses")
    browser_ip: str | None = Field(None, description="IP address of the shopper")
    buyer_accepts_marketing: bool | None = Field(None, description="Acceptance of marketing emails")
    checkout_id: int | None = Field(None, description="Identifier of the checkout")
    checkout_token: str | None = Field(None, description="The checkout it was made from")
    cart_token: str | None = Field(None, description="The cart it was made from")
    created_at: Time | None = Field(None, description="When it was placed")
    updated_at: Time | None = Field(None, description="When it last changed")
    processed_at: Time | None = Field(None, description="When it was paid, or brought in")
    cancelled_at: Time | None = Field(None, description="When it was cancelled")
    cancel_reason: str | None = Field(None, description="Why it was cancelled")
    closed_at: Time | None = Field(None, description="When it was closed")
    confirmed: bool | None = Field(None, description="Whether it is confirmed")
    test: bool | None = Field(None, description="Whether it is a test")
    source_name: str | None = Field(None, description="What made it, such as web")
    landing_site: str | None = Field(None, description="The page on which the shopper came in")
    referring_site: str | None = Field(None, description="Where the shopper came from")
    order_status_url: str | None = Field(None, description="Where the customer can look at it")
    currency: str | None = Field(None, description="Currency, three letters (ISO 4217)")
    presentment_currency: str | None = Field(
        None, description="The currency that the shopper was shown"
    )
    email: str | None = Field(None, description="The customer's email address")
    contact_email: str | None = Field(None, description="Where news of it go")
    phone: str | None = Field(None, description="The customer's telephone number")
    customer_locale: str | None = Field(None, description="The shopper's language")
    credit: Money | None = Field(None, description="Customer credit spent on it")
    financial_status: str | None = Field(None, description="How far it is paid")
    fulfillment_status: str | None = Field(None, description="How far it is shipped")
    gateway: str | None = Field(None, description="How it was paid")
    payment_gateway_names: Many[str] = Field(
        default_factory=list, description="All ways in which it was paid"
    )
    note: str | None = Field(None, description="The shopper's note")
    tags: Tags = Field(default_factory=list, description="Tags associated with the order")
    subtotal_price: Money | None = Field(None, description="Goods less discounts")
    taxes_included: bool | None = Field(None, description="Whether prices contain the taxes")
    total_discounts: Money | None = Field(None, description="All discounts")
    total_line_items_price: Money | None = Field(None, description="All lines")
    total_outstanding: Money | None = Field(None, description="What is still to be paid")
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
    fulfillments: Many[FulfillmentPart] = Field(default_factory=list, description="The parcels")
    refunds: Many[RefundPart] = Field(default_factory=list, description="What was given back")
    payment_details: One[dict[str, Any]] = Field(None, description="About the payment")
    client_details: One[dict[str, Any]] = Field(None, description="About the shopper's browser")
    billing_address: One[Address] = Field(None, description="Who pays")
    shipping_address: One[Address] = Field(None, description="Who receives")
    customer: One[CustomerPart] = Field(None, description="The customer")


class Order(OrderPart, Payload):
    """What a customer has bought."""

    id: int = Field(description="Identifier of the order")

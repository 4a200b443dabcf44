"""Orders that staff prepares: `draft_orders/create`, `draft_orders/update`, …"""

from pydantic import Field

from schemas.payloads.address import Address
from schemas.payloads.answers import Answers
from schemas.payloads.customer import CustomerPart
from schemas.payloads.line_item import LineItem, TaxLine
from schemas.payloads.order import ShippingLine
from schemas.payloads.payload import Part, Payload
from schemas.payloads.times import Time
from schemas.payloads.values import Many, Money, One, Tags


class AppliedDiscount(Part):
    """A discount that staff gave."""

    title: str | None = Field(None, description="Its name")
    description: str | None = Field(None, description="Why it was given")
    value: Money | None = Field(None, description="How much, in percent or in money")
    value_type: str | None = Field(None, description="What its value is: percentage, fixed_amount")
    amount: Money | None = Field(None, description="What it takes off, in money")


class DraftItem(LineItem):
    """One line of a draft."""

    custom: bool | None = Field(None, description="Whether staff wrote it, and no product is meant")
    applied_discount: One[AppliedDiscount] = Field(None, description="The discount on it")


class DraftOrder(Payload):
    """An order that staff prepares for a customer."""

    id: int = Field(description="Identifier of the draft")
    order_id: int | None = Field(None, description="Identifier of the order it became")
    name: str | None = Field(None, description="Its name as staff sees it, `#D1`")
    status: str | None = Field(None, description="open, invoice_sent or completed")
    email: str | None = Field(None, description="The customer's email address")
    note: str | None = Field(None, description="A note")
    note_attributes: Answers = Field(default_factory=dict, description="Further notes, by name")
    tags: Tags = Field(default_factory=list, description="Tags associated with the draft")
    currency: str | None = Field(None, description="Currency, three letters (ISO 4217)")
    taxes_included: bool | None = Field(None, description="Whether prices contain the taxes")
    tax_exempt: bool | None = Field(None, description="Whether no taxes are due")
    subtotal_price: Money | None = Field(None, description="Goods less discounts")
    total_price: Money | None = Field(None, description="What is to be paid")
    total_tax: Money | None = Field(None, description="All taxes")
    invoice_url: str | None = Field(None, description="Where the customer pays it")
    invoice_sent_at: Time | None = Field(None, description="When the invoice was sent")
    completed_at: Time | None = Field(None, description="When it became an order")
    created_at: Time | None = Field(None, description="When it was created")
    updated_at: Time | None = Field(None, description="When it last changed")
    applied_discount: One[AppliedDiscount] = Field(None, description="The discount on all of it")
    shipping_line: One[ShippingLine] = Field(None, description="The way it is to be shipped")
    tax_lines: Many[TaxLine] = Field(default_factory=list, description="The taxes")
    line_items: Many[DraftItem] = Field(default_factory=list, description="The lines")
    billing_address: One[Address] = Field(None, description="Who pays")
    shipping_address: One[Address] = Field(None, description="Who receives")
    customer: One[CustomerPart] = Field(None, description="The customer")

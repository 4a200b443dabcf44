"""Lines of orders, with their taxes: within orders, parcels and refunds."""

from pydantic import Field

from schemas.payloads.answers import Answers
from schemas.payloads.payload import Part
from schemas.payloads.values import Many, Money


class TaxLine(Part):
    """One tax on an order."""

    title: str | None = Field(None, description="Name of the tax")
    price: Money | None = Field(None, description="The tax's amount")
    rate: Money | None = Field(None, description="The tax's rate, as a fraction")


class LineItem(Part):
    """One line of an order."""

    id: int | None = Field(None, description="Identifier of the line")
    variant_id: int | None = Field(None, description="Identifier of the product's variant")
    product_id: int | None = Field(None, description="Identifier of the product; may exceed 2^53")
    title: str | None = Field(None, description="Title of the product")
    variant_title: str | None = Field(None, description="Title of the variant")
    name: str | None = Field(None, description="Titles of product and variant together")
    quantity: int | None = Field(None, description="How many")
    current_quantity: int | None = Field(None, description="How many are left after refunds")
    fulfillable_quantity: int | None = Field(None, description="How many are still to be shipped")
    price: Money | None = Field(None, description="Price of one")
    total_discount: Money | None = Field(None, description="What the discounts take off the line")
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

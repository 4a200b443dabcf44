"""Carts: `carts/create`, `carts/update`. A cart carries no shop, and at Spiffy Stores no times."""

from pydantic import Field

from schemas.payloads.answers import Answers
from schemas.payloads.payload import Part, Payload
from schemas.payloads.times import Time
from schemas.payloads.values import Loose, Many, Money


class CartItem(Part):
    """One line of a cart."""

    id: int | None = Field(None, description="Identifier of the line; the variant's")
    properties: Answers = Field(
        default_factory=dict, description="What the shopper entered for this line"
    )
    quantity: int | None = Field(None, description="How many")
    variant_id: int | None = Field(None, description="Identifier of the product's variant")
    key: str | None = Field(
        None, description="Identifier of variant and properties together, `id:hash`"
    )
    title: str | None = Field(None, description="Title of product and variant")
    price: Money | None = Field(None, description="Price of one, as charged")
    original_price: Money | None = Field(None, description="Price of one before discounts")
    discounted_price: Money | None = Field(None, description="Price of one after discounts")
    line_price: Money | None = Field(None, description="Price of the line, as charged")
    original_line_price: Money | None = Field(
        None, description="Price of the line before discounts"
    )
    total_discount: Money | None = Field(None, description="What the discounts take off the line")
    discounts: Loose = Field(default_factory=list, description="The discounts applied")
    sku: str | None = Field(None, description="Stock keeping unit")
    grams: int | None = Field(None, description="Weight of one, in grams")
    vendor: str | None = Field(None, description="Vendor")
    product_id: int | None = Field(None, description="Identifier of the product; may exceed 2^53")
    gift_card: bool | None = Field(None, description="Whether it is a gift card")


class Cart(Payload):
    """What a shopper has put together so far."""

    id: str = Field(description="Identifier: 32 hexadecimal digits")
    token: str | None = Field(None, description="The same as the identifier")
    note: str | None = Field(None, description="The shopper's note")
    created_at: Time | None = Field(None, description="When it was begun, where the platform says")
    updated_at: Time | None = Field(None, description="When it last changed, likewise")
    line_items: Many[CartItem] = Field(default_factory=list, description="The lines")

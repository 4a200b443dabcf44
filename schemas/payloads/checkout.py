"""Checkouts: `checkouts/create`, `checkouts/update`, `checkouts/delete`."""

from pydantic import AliasChoices, Field

from schemas.payloads.address import Address
from schemas.payloads.answers import Answers
from schemas.payloads.customer import CustomerPart
from schemas.payloads.line_item import TaxLine
from schemas.payloads.order import DiscountCode, ShippingLine
from schemas.payloads.payload import Part, Payload
from schemas.payloads.times import Time
from schemas.payloads.values import Many, Money, One


class CheckoutItem(Part):
    """One line of a checkout."""

    key: str | None = Field(None, description="Identifier of the line within the checkout")
    variant_id: int | None = Field(None, description="Identifier of the product's variant")
    product_id: int | None = Field(None, description="Identifier of the product; may exceed 2^53")
    title: str | None = Field(None, description="Title of the product")
    variant_title: str | None = Field(None, description="Title of the variant")
    quantity: int | None = Field(None, description="How many")
    price: Money | None = Field(None, description="Price of one, as charged")
    variant_price: Money | None = Field(None, description="Price of one as the shop lists it")
    compare_at_price: Money | None = Field(None, description="The price that is crossed out")
    line_price: Money | None = Field(None, description="Price of the line")
    sku: str | None = Field(None, description="Stock keeping unit")
    vendor: str | None = Field(None, description="Vendor")
    grams: int | None = Field(None, description="Weight of one, in grams")
    taxable: bool | None = Field(None, description="Whether taxes are due on it")
    requires_shipping: bool | None = Field(None, description="Whether it is shipped at all")
    gift_card: bool | None = Field(None, description="Whether it is a gift card")
    fulfillment_service: str | None = Field(None, description="Who ships it")
    properties: Answers = Field(
        default_factory=dict, description="What the shopper entered for this line"
    )
    tax_lines: Many[TaxLine] = Field(default_factory=list, description="The taxes on it")


class Checkout(Payload):
    """What a shopper is about to buy. Full of personal data: do not log it."""

    id: int | str = Field(
        validation_alias=AliasChoices("id", "token"),
        description="Identifier: a number, a text, or the token where the platform gives no other",
    )
    token: str | None = Field(None, description="Identifier in the shop's addresses")
    cart_token: str | None = Field(None, description="The cart it was made from")
    name: str | None = Field(None, description="Its name as the shop's staff sees it")
    email: str | None = Field(None, description="The customer's email address")
    phone: str | None = Field(None, description="The customer's telephone number")
    gateway: str | None = Field(None, description="How it is to be paid")
    buyer_accepts_marketing: bool | None = Field(None, description="Acceptance of marketing emails")
    buyer_accepts_sms_marketing: bool | None = Field(
        None, description="Acceptance of text messages"
    )
    customer_locale: str | None = Field(None, description="The shopper's language")
    note: str | None = Field(None, description="The shopper's note")
    note_attributes: Answers = Field(
        default_factory=dict, description="What the shop's theme asked"
    )
    abandoned_checkout_url: str | None = Field(None, description="Where the shopper can go on")
    landing_site: str | None = Field(None, description="The page on which the shopper came in")
    referring_site: str | None = Field(None, description="Where the shopper came from")
    source_name: str | None = Field(None, description="What made it, such as web")
    currency: str | None = Field(None, description="The shop's currency (ISO 4217)")
    presentment_currency: str | None = Field(
        None, description="The currency that the shopper was shown"
    )
    taxes_included: bool | None = Field(None, description="Whether prices contain the taxes")
    subtotal_price: Money | None = Field(None, description="Goods less discounts")
    total_discounts: Money | None = Field(None, description="All discounts")
    total_line_items_price: Money | None = Field(None, description="All lines")
    total_duties: Money | None = Field(None, description="All duties")
    total_price: Money | None = Field(None, description="What is to be paid")
    total_tax: Money | None = Field(None, description="All taxes")
    total_weight: int | None = Field(None, description="Weight in grams")
    created_at: Time | None = Field(None, description="When it was begun")
    updated_at: Time | None = Field(None, description="When it last changed")
    completed_at: Time | None = Field(None, description="When it became an order")
    closed_at: Time | None = Field(None, description="When it was closed")
    line_items: Many[CheckoutItem] = Field(default_factory=list, description="The lines")
    shipping_lines: Many[ShippingLine] = Field(
        default_factory=list, description="The ways it is to be shipped"
    )
    discount_codes: Many[DiscountCode] = Field(
        default_factory=list, description="Discount codes given"
    )
    tax_lines: Many[TaxLine] = Field(default_factory=list, description="The taxes")
    billing_address: One[Address] = Field(None, description="Who pays")
    shipping_address: One[Address] = Field(None, description="Who receives")
    customer: One[CustomerPart] = Field(None, description="The customer")

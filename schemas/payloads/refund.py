"""Refunds: `refunds/create`, and within orders."""

from pydantic import Field

from schemas.payloads.line_item import LineItem
from schemas.payloads.money_set import MoneySet
from schemas.payloads.payload import Part, Payload
from schemas.payloads.times import Time
from schemas.payloads.transaction import TransactionPart
from schemas.payloads.values import Loose, Many, Money, One


class RefundItem(Part):
    """What is refunded of one line of the order."""

    id: int | None = Field(None, description="Identifier of the refunded line")
    line_item_id: int | None = Field(None, description="Identifier of the order's line")
    quantity: int | None = Field(None, description="How many")
    restock_type: str | None = Field(None, description="no_restock, cancel or return")
    location_id: int | None = Field(None, description="Identifier of the place they go back to")
    subtotal: Money | None = Field(None, description="Their price, less discounts")
    total_tax: Money | None = Field(None, description="The taxes on them")
    subtotal_set: One[MoneySet] = Field(None, description="Their price, in both currencies")
    total_tax_set: One[MoneySet] = Field(None, description="The taxes, in both currencies")
    line_item: One[LineItem] = Field(None, description="The order's line")


class OrderAdjustment(Part):
    """What is refunded beside the lines: shipping, or a difference."""

    id: int | None = Field(None, description="Identifier of the adjustment")
    order_id: int | None = Field(None, description="Identifier of the order")
    refund_id: int | None = Field(None, description="Identifier of the refund")
    kind: str | None = Field(None, description="shipping_refund or refund_discrepancy")
    reason: str | None = Field(None, description="Why")
    amount: Money | None = Field(None, description="How much; negative where it is refunded")
    tax_amount: Money | None = Field(None, description="The taxes in it")


class RefundPart(Part):
    """Money that is given back, within the order that it was paid for."""

    id: int | None = Field(None, description="Identifier of the refund")
    order_id: int | None = Field(None, description="Identifier of the order")
    user_id: int | None = Field(None, description="Identifier of the staff member")
    note: str | None = Field(None, description="Why")
    restock: bool | None = Field(None, description="Whether the goods go back into stock")
    created_at: Time | None = Field(None, description="When it was created")
    processed_at: Time | None = Field(None, description="When it was carried out")
    refund_line_items: Many[RefundItem] = Field(
        default_factory=list, description="What is refunded of the order's lines"
    )
    transactions: Many[TransactionPart] = Field(
        default_factory=list, description="The movements of money"
    )
    order_adjustments: Many[OrderAdjustment] = Field(
        default_factory=list, description="What is refunded beside the lines"
    )
    refund_shipping_lines: Loose = Field(
        default_factory=list, description="What is refunded of the shipping"
    )
    duties: Loose = Field(default_factory=list, description="What is refunded of the duties")
    total_duties_set: One[MoneySet] = Field(None, description="All of it that is duties")


class Refund(RefundPart, Payload):
    """Money that is given back for an order."""

    id: int = Field(description="Identifier of the refund")

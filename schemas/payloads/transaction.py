"""Movements of money: `order_transactions/create`, `tender_transactions/create`, and within
refunds.
"""

from typing import Any

from pydantic import Field

from schemas.payloads.money_set import MoneySet
from schemas.payloads.payload import Part, Payload
from schemas.payloads.times import Time
from schemas.payloads.values import Money, One


class TransactionPart(Part):
    """One step of a payment, within a refund."""

    id: int | None = Field(None, description="Identifier of the transaction")
    order_id: int | None = Field(None, description="Identifier of the order")
    parent_id: int | None = Field(None, description="The transaction that this one goes on from")
    kind: str | None = Field(None, description="authorization, capture, sale, void or refund")
    status: str | None = Field(None, description="pending, failure, success or error")
    amount: Money | None = Field(None, description="How much")
    currency: str | None = Field(None, description="Currency, three letters (ISO 4217)")
    gateway: str | None = Field(None, description="Who moves the money")
    authorization: str | None = Field(None, description="The gateway's own identifier")
    payment_id: str | None = Field(None, description="Identifier of the payment")
    message: str | None = Field(None, description="What the gateway adds")
    error_code: str | None = Field(None, description="Why it failed")
    test: bool | None = Field(None, description="Whether it is a test")
    manual_payment_gateway: bool | None = Field(None, description="Whether staff takes the money")
    source_name: str | None = Field(None, description="What made it, such as web")
    user_id: int | None = Field(None, description="Identifier of the staff member")
    location_id: int | None = Field(None, description="Identifier of the place")
    device_id: int | None = Field(None, description="Identifier of the till")
    created_at: Time | None = Field(None, description="When it was created")
    processed_at: Time | None = Field(None, description="When it was carried out")
    total_unsettled_set: One[MoneySet] = Field(None, description="What is not captured yet")
    payment_details: One[dict[str, Any]] = Field(None, description="About the means of payment")
    receipt: One[dict[str, Any]] = Field(None, description="What the gateway answered")


class Transaction(TransactionPart, Payload):
    """One step of the payment of an order."""

    id: int = Field(description="Identifier of the transaction")


class TenderTransaction(Payload):
    """Money that came in or went out, whatever order it was for."""

    id: int = Field(description="Identifier of the transaction")
    order_id: int | None = Field(None, description="Identifier of the order")
    amount: Money | None = Field(None, description="How much; negative where it went out")
    currency: str | None = Field(None, description="Currency, three letters (ISO 4217)")
    payment_method: str | None = Field(None, description="How it was paid")
    payment_details: One[dict[str, Any]] = Field(None, description="About the means of payment")
    remote_reference: str | None = Field(None, description="The gateway's own identifier")
    user_id: int | None = Field(None, description="Identifier of the staff member")
    test: bool | None = Field(None, description="Whether it is a test")
    processed_at: Time | None = Field(None, description="When it was carried out")

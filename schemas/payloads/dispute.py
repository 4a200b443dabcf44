"""Payments that a bank takes back: `disputes/create`, `disputes/update`."""

from pydantic import Field

from schemas.payloads.payload import Payload
from schemas.payloads.times import Time
from schemas.payloads.values import Money


class Dispute(Payload):
    """A payment that a customer has disputed."""

    id: int = Field(description="Identifier of the dispute")
    order_id: int | None = Field(None, description="Identifier of the order")
    type: str | None = Field(None, description="inquiry or chargeback")
    amount: Money | None = Field(None, description="How much")
    currency: str | None = Field(None, description="Currency, three letters (ISO 4217)")
    reason: str | None = Field(None, description="Why, as one of the platform's words")
    network_reason_code: str | None = Field(None, description="Why, in the card network's code")
    status: str | None = Field(None, description="How far it is")
    initiated_at: Time | None = Field(None, description="When it was begun")
    evidence_due_by: Time | None = Field(None, description="Until when the shop may answer")
    evidence_sent_on: Time | None = Field(None, description="When the shop answered")
    finalized_on: Time | None = Field(None, description="When it ended")

"""When an order is to be paid: `payment_terms/create`, `payment_terms/update`, …"""

from pydantic import Field

from schemas.payloads.payload import Part, Payload
from schemas.payloads.times import Time
from schemas.payloads.values import Many, Money


class PaymentSchedule(Part):
    """One instalment."""

    id: int | None = Field(None, description="Identifier of the instalment")
    payment_terms_id: int | None = Field(None, description="Identifier of the terms")
    amount: Money | None = Field(None, description="How much")
    balance_due: Money | None = Field(None, description="What is still to be paid of it")
    total_balance: Money | None = Field(None, description="What is still to be paid of all")
    currency: str | None = Field(None, description="Currency, three letters (ISO 4217)")
    issued_at: Time | None = Field(None, description="When it was issued")
    due_at: Time | None = Field(None, description="When it is due")
    completed_at: Time | None = Field(None, description="When it was paid")
    created_at: Time | None = Field(None, description="When it was created")
    updated_at: Time | None = Field(None, description="When it last changed")


class PaymentTerms(Payload):
    """When an order is to be paid, and in which parts."""

    id: int = Field(description="Identifier of the terms")
    payment_terms_name: str | None = Field(None, description="Their name, `Net 30`")
    payment_terms_type: str | None = Field(None, description="net, fixed, receipt, …")
    due_in_days: int | None = Field(None, description="Within how many days it is due")
    created_at: Time | None = Field(None, description="When they were created")
    updated_at: Time | None = Field(None, description="When they last changed")
    payment_schedules: Many[PaymentSchedule] = Field(
        default_factory=list, description="The instalments"
    )

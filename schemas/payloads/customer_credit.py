"""Customer credits: what is added to and spent from a customer's account."""

from pydantic import Field

from schemas.payloads.customer import CustomerPart
from schemas.payloads.order import OrderPart
from schemas.payloads.payload import Payload
from schemas.payloads.times import Time
from schemas.payloads.values import Money, One


class CustomerCredit(Payload):
    """One movement on a customer's account."""

    id: int = Field(description="Identifier of the credit")
    amount: Money | None = Field(
        None, description="Added to the account; negative where it was spent on an order"
    )
    description: str | None = Field(
        None, description="Why the credit was issued or redeemed, for reference"
    )
    customer: One[CustomerPart] = Field(None, description="The customer")
    order: One[OrderPart] = Field(
        None, description="The order, only when posted against a specific one"
    )
    created_at: Time | None = Field(None, description="When the customer credit was created")
    updated_at: Time | None = Field(None, description="When the customer credit was last updated")

"""Customers: `customers/create`, `customers/update`, `customers/enable`, `customers/disable`, and
within orders.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from schemas.payloads.address import Address
from schemas.payloads.consent import Consent
from schemas.payloads.expected import Expected
from schemas.payloads.payload import Part, Payload
from schemas.payloads.times import Time
from schemas.payloads.values import Many, Money, One, Tags


class CustomerState(StrEnum):
    """State of a customer's account: the four that the platform documents.

    A fifth, should the platform add it, is kept as text: one new word must not dead-letter every
    customer's webhook. Compare with `==`, which holds for both, or ask `isinstance(customer.state,
    CustomerState)`.
    """

    ENABLED = "enabled"
    DISABLED = "disabled"
    INVITED = "invited"
    DECLINED = "declined"


AccountState = Annotated[
    CustomerState | str, Field(union_mode="left_to_right"), Expected("a text, such as enabled")
]


class CustomerPart(Part):
    """A customer within an order or a credit, with or without an account. Full of personal data: do
    not log it.
    """

    id: int | None = Field(None, description="A unique numeric identifier for the customer")
    title: str | None = Field(None, description="The customer's title")
    first_name: str | None = Field(None, description="The customer's first name")
    last_name: str | None = Field(None, description="The customer's last name")
    name: str | None = Field(None, description="The customer's full name, including title")
    company: str | None = Field(None, description="The customer's company")
    email: str | None = Field(None, description="The customer's email address")
    phone: str | None = Field(None, description="The customer's telephone number")
    verified_email: bool | None = Field(None, description="Whether the email address was confirmed")
    accepts_marketing: bool | None = Field(None, description="Acceptance of marketing emails")
    created_at: Time | None = Field(None, description="When the account was created")
    updated_at: Time | None = Field(None, description="When the account was updated")
    note: str | None = Field(None, description="Additional information about the customer")
    orders_count: int | None = Field(
        None, description="The number of orders placed by the customer"
    )
    state: AccountState | None = Field(
        None,
        description="The current state of the customer's account: "
        "enabled, disabled, invited or declined",
    )
    total_spent: Money | None = Field(None, description="What the customer has spent so far")
    sign_in_count: int | None = Field(None, description="The number of successful sign ins")
    current_sign_in_at: Time | None = Field(None, description="The time of the current sign in")
    current_sign_in_ip: str | None = Field(
        None, description="The IP address of the current sign in"
    )
    last_sign_in_at: Time | None = Field(None, description="The time of the last sign in")
    last_sign_in_ip: str | None = Field(None, description="The IP address of the last sign in")
    wholesale: bool | None = Field(
        None, description="Whether the customer has access to wholesale prices"
    )
    credit: Money | None = Field(None, description="Amount of credit in the customer's account")
    currency: str | None = Field(None, description="Currency, three letters (ISO 4217)")
    tax_exempt: bool | None = Field(None, description="Whether no taxes are due")
    tags: Tags = Field(default_factory=list, description="Tags associated with the customer")
    last_order_id: int | None = Field(None, description="Identifier of the last order")
    last_order_name: str | None = Field(None, description="Name of the last order")
    email_marketing_consent: One[Consent] = Field(None, description="Whether emails are wanted")
    sms_marketing_consent: One[Consent] = Field(
        None, description="Whether text messages are wanted"
    )
    default_address: One[Address] = Field(None, description="The default address")
    addresses: Many[Address] = Field(default_factory=list, description="All addresses")


class Customer(CustomerPart, Payload):
    """Somebody with an account in the shop. Full of personal data: do not log it."""

    id: int = Field(description="A unique numeric identifier for the customer")

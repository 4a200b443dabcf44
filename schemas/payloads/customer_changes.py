"""What happens to customers beside their record: `customers/merge`, consents, groups, tags, means
of payment.
"""

from typing import Any

from pydantic import Field

from schemas.payloads.consent import Consent
from schemas.payloads.payload import Part, Payload
from schemas.payloads.times import Time
from schemas.payloads.values import Many, One


class MergeProblem(Part):
    """Why customers could not be merged."""

    customer_ids: Many[int] = Field(
        default_factory=list, description="Identifiers of the customers"
    )
    field: str | None = Field(None, description="What did not fit")
    message: str | None = Field(None, description="Why")


class CustomerMerge(Payload):
    """Two customers have become one, or could not."""

    admin_graphql_api_customer_kept_id: str = Field(description="Who is left")
    admin_graphql_api_customer_deleted_id: str | None = Field(None, description="Who is gone")
    admin_graphql_api_job_id: str | None = Field(None, description="Identifier of the work")
    status: str | None = Field(None, description="How far it is")
    errors: Many[MergeProblem] = Field(default_factory=list, description="Why it failed")


class EmailConsent(Payload):
    """A customer wants emails, or no longer does."""

    customer_id: int = Field(description="Identifier of the customer")
    email_address: str | None = Field(None, description="The customer's email address")
    email_marketing_consent: One[Consent] = Field(None, description="What the customer wants")


class SmsConsent(Payload):
    """A customer wants text messages, or no longer does."""

    id: int = Field(description="Identifier of the customer")
    phone: str | None = Field(None, description="The customer's telephone number")
    sms_marketing_consent: One[Consent] = Field(None, description="What the customer wants")


class CustomerGroup(Payload):
    """Customers that a search finds. A deletion carries the identifier and nothing more."""

    id: int = Field(description="Identifier of the group")
    name: str | None = Field(None, description="Its name")
    query: str | None = Field(None, description="The search")
    created_at: Time | None = Field(None, description="When it was created")
    updated_at: Time | None = Field(None, description="When it last changed")


class CustomerTags(Payload):
    """Tags that a customer was given, or has lost. The names are not those of other webhooks."""

    customerId: str = Field(description="Identifier of the customer")  # noqa: N815 - the platform's
    tags: Many[str] = Field(default_factory=list, description="The tags")
    occurredAt: Time | None = Field(None, description="When")  # noqa: N815 - the platform's name


class CustomerPaymentMethod(Payload):
    """A means of payment that a customer has left with the shop."""

    admin_graphql_api_id: str = Field(description="Identifier of the means of payment")
    token: str | None = Field(None, description="Its identifier at the gateway")
    customer_id: int | None = Field(None, description="Identifier of the customer")
    admin_graphql_api_customer_id: str | None = Field(
        None, description="The customer's identifier in the GraphQL API"
    )
    instrument_type: str | None = Field(None, description="What it is, such as CustomerCreditCard")
    payment_instrument: One[dict[str, Any]] = Field(None, description="About it")

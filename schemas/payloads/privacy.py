"""What the law lets customers and shops ask for: `customers/data_request`, `customers/redact`,
`shop/redact`.
"""

from pydantic import Field

from schemas.payloads.payload import Part, Payload
from schemas.payloads.values import Many, One


class DataSubject(Part):
    """Whose data it is. Some are known by their email address alone."""

    id: int | None = Field(None, description="Identifier of the customer")
    email: str | None = Field(None, description="The customer's email address")
    phone: str | None = Field(None, description="The customer's telephone number")


class DataRequestReference(Part):
    """The request, as the platform counts it."""

    id: int | None = Field(None, description="Identifier of the request")


class DataRequest(Payload):
    """A customer asks which data is kept: give it to the shop's owner."""

    shop_domain: str = Field(description="The shop")
    shop_id: int | None = Field(None, description="Identifier of the shop")
    customer: One[DataSubject] = Field(None, description="Who asks")
    orders_requested: Many[int] = Field(
        default_factory=list, description="Identifiers of the orders it is about"
    )
    data_request: One[DataRequestReference] = Field(None, description="The request")


class CustomerRedact(Payload):
    """A customer's data is to be deleted."""

    shop_domain: str = Field(description="The shop")
    shop_id: int | None = Field(None, description="Identifier of the shop")
    customer: One[DataSubject] = Field(None, description="Whose data")
    orders_to_redact: Many[int] = Field(
        default_factory=list, description="Identifiers of the orders it is about"
    )


class ShopRedact(Payload):
    """All data of a shop is to be deleted: it has uninstalled the app."""

    shop_domain: str = Field(description="The shop")
    shop_id: int | None = Field(None, description="Identifier of the shop")

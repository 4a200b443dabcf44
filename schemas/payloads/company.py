"""Companies that buy: `companies/…`, `company_contacts/…`, `company_locations/…`,
`company_contact_roles/…`.
"""

from typing import Any

from pydantic import Field

from schemas.payloads.payload import Part, Payload
from schemas.payloads.times import Time
from schemas.payloads.values import Many, One


class CompanyPart(Part):
    """A company, within one of its contacts or places."""

    admin_graphql_api_id: str | None = Field(None, description="Identifier of the company")
    name: str | None = Field(None, description="Its name")
    note: str | None = Field(None, description="A note")
    external_id: str | None = Field(None, description="Its identifier elsewhere")
    main_contact_admin_graphql_api_id: str | None = Field(None, description="Whom to turn to")
    customer_since: Time | None = Field(None, description="Since when it buys")
    created_at: Time | None = Field(None, description="When it was created")
    updated_at: Time | None = Field(None, description="When it last changed")


class Company(CompanyPart, Payload):
    """A company that buys at the shop."""

    admin_graphql_api_id: str = Field(description="Identifier of the company")


class CompanyContactPart(Part):
    """Somebody who buys for a company, as the holder of a role."""

    admin_graphql_api_id: str | None = Field(None, description="Identifier of the contact")
    customer_admin_graphql_api_id: str | None = Field(None, description="The customer")
    title: str | None = Field(None, description="The contact's title")
    locale: str | None = Field(None, description="The contact's language")
    company: One[CompanyPart] = Field(None, description="The company")
    created_at: Time | None = Field(None, description="When it was created")
    updated_at: Time | None = Field(None, description="When it last changed")


class CompanyContact(CompanyContactPart, Payload):
    """Somebody who buys for a company."""

    admin_graphql_api_id: str = Field(description="Identifier of the contact")


class CompanyAddress(Part):
    """An address of a company's place."""

    admin_graphql_api_id: str | None = Field(None, description="Identifier of the address")
    recipient: str | None = Field(None, description="Who receives")
    address1: str | None = Field(None, description="Street address")
    address2: str | None = Field(None, description="Second line of the street address")
    city: str | None = Field(None, description="City, town or suburb")
    zip: str | None = Field(None, description="Postcode")
    province: str | None = Field(None, description="State or province")
    zone_code: str | None = Field(None, description="State or province, abbreviated")
    country: str | None = Field(None, description="Country")
    country_code: str | None = Field(None, description="Country, two letters (ISO 3166)")
    phone: str | None = Field(None, description="Telephone number")


class CompanyLocationPart(Part):
    """A place of a company, as that where a role is held."""

    admin_graphql_api_id: str | None = Field(None, description="Identifier of the place")
    name: str | None = Field(None, description="Its name")
    note: str | None = Field(None, description="A note")
    external_id: str | None = Field(None, description="Its identifier elsewhere")
    phone: str | None = Field(None, description="Telephone number")
    locale: str | None = Field(None, description="Its language")
    tax_exemptions: Many[str] = Field(default_factory=list, description="Which taxes are not due")
    tax_registration: One[dict[str, Any]] = Field(None, description="Its number at the tax office")
    tax_settings: One[dict[str, Any]] = Field(None, description="How it is taxed")
    billing_address: One[CompanyAddress] = Field(None, description="Who pays")
    shipping_address: One[CompanyAddress] = Field(None, description="Who receives")
    company: One[CompanyPart] = Field(None, description="The company")
    created_at: Time | None = Field(None, description="When it was created")
    updated_at: Time | None = Field(None, description="When it last changed")


class CompanyLocation(CompanyLocationPart, Payload):
    """A place of a company."""

    admin_graphql_api_id: str = Field(description="Identifier of the place")


class CompanyRole(Part):
    """What somebody may do for a company."""

    name: str | None = Field(None, description="Its name")


class CompanyContactRole(Payload):
    """A role that a contact was given at a place, or has lost."""

    company_contact: CompanyContactPart = Field(description="Who")
    company_location: One[CompanyLocationPart] = Field(None, description="Where")
    company_contact_role: One[CompanyRole] = Field(None, description="Which")

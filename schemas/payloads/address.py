"""Postal addresses of customers and orders."""

from pydantic import Field

from schemas.payloads.payload import Part


class Address(Part):
    """Where somebody lives or a parcel goes."""

    id: int | None = Field(None, description="Identifier; addresses inside orders have none")
    customer_id: int | None = Field(None, description="Identifier of the customer")
    title: str | None = Field(None, description="Form of address")
    first_name: str | None = Field(None, description="First name")
    last_name: str | None = Field(None, description="Last name")
    name: str | None = Field(None, description="Full name")
    company: str | None = Field(None, description="Company")
    address1: str | None = Field(None, description="Street address")
    address2: str | None = Field(None, description="Second line of the street address")
    city: str | None = Field(None, description="City, town or suburb")
    province: str | None = Field(None, description="State or province")
    province_code: str | None = Field(None, description="State or province, abbreviated")
    country: str | None = Field(None, description="Country")
    country_code: str | None = Field(None, description="Country, two letters (ISO 3166)")
    country_name: str | None = Field(None, description="Name of the country")
    zip: str | None = Field(None, description="Postcode")
    phone: str | None = Field(None, description="Telephone number")
    latitude: float | None = Field(None, description="Degrees north")
    longitude: float | None = Field(None, description="Degrees east")
    default: bool | None = Field(None, description="Whether it is the customer's default address")

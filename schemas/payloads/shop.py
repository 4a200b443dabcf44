"""The shop itself: `shop/update`, `app/uninstalled`, `themes/…`, `domains/…`, `markets/…`."""

from pydantic import Field

from schemas.payloads.payload import Part, Payload
from schemas.payloads.times import Time
from schemas.payloads.values import Many, One


class Shop(Payload):
    """A shop as its owner has set it up; the same where it has uninstalled the app."""

    id: int = Field(description="Identifier of the shop")
    name: str | None = Field(None, description="Its name")
    domain: str | None = Field(None, description="The domain that shoppers see")
    myshopify_domain: str | None = Field(None, description="Its domain at the platform, Shopify's")
    spiffystores_domain: str | None = Field(None, description="The same, Spiffy Stores'")
    email: str | None = Field(None, description="The owner's email address")
    customer_email: str | None = Field(None, description="The address that customers write to")
    shop_owner: str | None = Field(None, description="The owner's name")
    phone: str | None = Field(None, description="Telephone number")
    address1: str | None = Field(None, description="Street address")
    address2: str | None = Field(None, description="Second line of the street address")
    city: str | None = Field(None, description="City, town or suburb")
    zip: str | None = Field(None, description="Postcode")
    province: str | None = Field(None, description="State or province")
    province_code: str | None = Field(None, description="State or province, abbreviated")
    country: str | None = Field(None, description="Country")
    country_code: str | None = Field(None, description="Country, two letters (ISO 3166)")
    country_name: str | None = Field(None, description="Name of the country")
    latitude: float | None = Field(None, description="Degrees north")
    longitude: float | None = Field(None, description="Degrees east")
    currency: str | None = Field(None, description="Currency, three letters (ISO 4217)")
    enabled_presentment_currencies: Many[str] = Field(
        default_factory=list, description="The currencies that shoppers may choose"
    )
    money_format: str | None = Field(None, description="How it writes amounts")
    timezone: str | None = Field(None, description="Time zone, as staff sees it")
    iana_timezone: str | None = Field(None, description="Time zone, as computers name it")
    weight_unit: str | None = Field(None, description="Unit of weights")
    primary_locale: str | None = Field(None, description="Language")
    primary_location_id: int | None = Field(None, description="Identifier of its main place")
    plan_name: str | None = Field(None, description="The platform's plan that it is on")
    plan_display_name: str | None = Field(None, description="The plan, as staff sees it")
    taxes_included: bool | None = Field(None, description="Whether prices contain the taxes")
    tax_shipping: bool | None = Field(None, description="Whether taxes are due on shipping")
    password_enabled: bool | None = Field(None, description="Whether shoppers need a password")
    setup_required: bool | None = Field(None, description="Whether it is not set up yet")
    created_at: Time | None = Field(None, description="When it was created")
    updated_at: Time | None = Field(None, description="When it last changed")


class Theme(Payload):
    """How a shop looks. A deletion carries the identifier and nothing more."""

    id: int = Field(description="Identifier of the theme")
    name: str | None = Field(None, description="Its name")
    role: str | None = Field(None, description="main, unpublished, demo, …")
    theme_store_id: int | None = Field(None, description="Its identifier in the theme store")
    previewable: bool | None = Field(None, description="Whether it can be looked at")
    processing: bool | None = Field(None, description="Whether files are still being copied")
    created_at: Time | None = Field(None, description="When it was created")
    updated_at: Time | None = Field(None, description="When it last changed")


class Localization(Part):
    """Which languages a domain is in."""

    country: str | None = Field(None, description="Country, two letters (ISO 3166)")
    default_locale: str | None = Field(None, description="Language")
    alternate_locales: Many[str] = Field(default_factory=list, description="Further languages")


class Domain(Payload):
    """A domain of the shop."""

    id: int = Field(description="Identifier of the domain")
    host: str | None = Field(None, description="The domain")
    ssl_enabled: bool | None = Field(None, description="Whether it speaks TLS")
    localization: One[Localization] = Field(None, description="Which languages it is in")


class Region(Part):
    """A country of a market."""

    country_code: str | None = Field(None, description="Country, two letters (ISO 3166)")


class Market(Payload):
    """Countries that a shop sells to in one way."""

    id: int = Field(description="Identifier of the market")
    name: str | None = Field(None, description="Its name")
    enabled: bool | None = Field(None, description="Whether the shop sells to it")
    status: str | None = Field(None, description="ACTIVE or DRAFT")
    type: str | None = Field(None, description="What it is made of")
    regions: Many[Region] = Field(default_factory=list, description="Its countries")

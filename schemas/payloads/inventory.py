"""Stock and where it lies: `inventory_items/…`, `inventory_levels/…`, `locations/…`."""

from pydantic import Field

from schemas.payloads.payload import Payload
from schemas.payloads.times import Time
from schemas.payloads.values import Loose, Money


class InventoryItem(Payload):
    """What is stocked of one variant."""

    id: int = Field(description="Identifier of what is stocked")
    sku: str | None = Field(None, description="Stock keeping unit")
    tracked: bool | None = Field(None, description="Whether it is counted")
    requires_shipping: bool | None = Field(None, description="Whether it is shipped at all")
    cost: Money | None = Field(None, description="What one costs the shop")
    country_code_of_origin: str | None = Field(
        None, description="Where it is made, two letters (ISO 3166)"
    )
    province_code_of_origin: str | None = Field(
        None, description="State or province where it is made"
    )
    harmonized_system_code: str | None = Field(None, description="Its code at customs")
    country_harmonized_system_codes: Loose = Field(
        default_factory=list, description="Its codes at the customs of countries"
    )
    weight_value: Money | None = Field(None, description="Weight of one, in its unit")
    weight_unit: str | None = Field(None, description="The unit of its weight")
    created_at: Time | None = Field(None, description="When it was created")
    updated_at: Time | None = Field(None, description="When it last changed")


class InventoryLevel(Payload):
    """How many of something are at one place."""

    inventory_item_id: int = Field(description="Identifier of what is stocked")
    location_id: int = Field(description="Identifier of the place")
    available: int | None = Field(None, description="How many can be sold; None: not counted")
    updated_at: Time | None = Field(None, description="When it last changed")


class Location(Payload):
    """A place from which a shop sells or ships."""

    id: int = Field(description="Identifier of the place")
    name: str | None = Field(None, description="Its name")
    address1: str | None = Field(None, description="Street address")
    address2: str | None = Field(None, description="Second line of the street address")
    city: str | None = Field(None, description="City, town or suburb")
    zip: str | None = Field(None, description="Postcode")
    province: str | None = Field(None, description="State or province")
    province_code: str | None = Field(None, description="State or province, abbreviated")
    country: str | None = Field(None, description="Country")
    country_code: str | None = Field(None, description="Country, two letters (ISO 3166)")
    country_name: str | None = Field(None, description="Name of the country")
    phone: str | None = Field(None, description="Telephone number")
    active: bool | None = Field(None, description="Whether it is in use")
    legacy: bool | None = Field(None, description="Whether it is that of a fulfillment service")
    created_at: Time | None = Field(None, description="When it was created")
    updated_at: Time | None = Field(None, description="When it last changed")

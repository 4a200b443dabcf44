"""What a shop has put on a sales channel: `product_listings/add`, `collection_listings/add`, …"""

from pydantic import Field

from schemas.payloads.payload import Part, Payload
from schemas.payloads.product import Image, ProductOption, Variant
from schemas.payloads.times import Time
from schemas.payloads.values import Many, One, Tags


class OptionValue(Part):
    """What a variant is of one option."""

    option_id: int | None = Field(None, description="Identifier of the option")
    name: str | None = Field(None, description="The option's name")
    value: str | None = Field(None, description="The variant's value of it")


class ListedVariant(Variant):
    """A variant as a sales channel shows it."""

    available: bool | None = Field(None, description="Whether it can be bought")
    formatted_price: str | None = Field(None, description="Its price as text, with the currency")
    option_values: Many[OptionValue] = Field(
        default_factory=list, description="Its values of all options"
    )


class ProductListing(Payload):
    """A product on a sales channel. A removal carries the product's identifier alone."""

    product_id: int = Field(description="Identifier of the product; may exceed 2^53")
    title: str | None = Field(None, description="Title")
    handle: str | None = Field(None, description="Its name in the shop's addresses")
    body_html: str | None = Field(None, description="Its description, in HTML")
    product_type: str | None = Field(None, description="What kind of product it is")
    vendor: str | None = Field(None, description="Vendor")
    available: bool | None = Field(None, description="Whether any variant can be bought")
    tags: Tags = Field(default_factory=list, description="Tags associated with the product")
    published_at: Time | None = Field(None, description="When it was published")
    created_at: Time | None = Field(None, description="When it was created")
    updated_at: Time | None = Field(None, description="When it last changed")
    variants: Many[ListedVariant] = Field(
        default_factory=list, description="The forms it is sold in"
    )
    options: Many[ProductOption] = Field(
        default_factory=list, description="What its variants differ in"
    )
    images: Many[Image] = Field(default_factory=list, description="Its pictures")


class CollectionListing(Payload):
    """A collection on a sales channel. A removal carries the collection's identifier alone."""

    collection_id: int = Field(description="Identifier of the collection")
    title: str | None = Field(None, description="Title")
    handle: str | None = Field(None, description="Its name in the shop's addresses")
    body_html: str | None = Field(None, description="Its description, in HTML")
    sort_order: str | None = Field(None, description="In which order its products stand")
    image: One[Image] = Field(None, description="Its picture")
    default_product_image: One[Image] = Field(
        None, description="The picture of its first product, where it has none"
    )
    published_at: Time | None = Field(None, description="When it was published")
    updated_at: Time | None = Field(None, description="When it last changed")

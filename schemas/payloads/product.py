"""Products: `products/create`, `products/update`, `products/delete`."""

from pydantic import Field

from schemas.payloads.payload import Part, Payload
from schemas.payloads.times import Time
from schemas.payloads.values import Many, Money, One, Tags


class Image(Part):
    """A picture of a product or a collection."""

    id: int | None = Field(None, description="Identifier of the image")
    product_id: int | None = Field(None, description="Identifier of the product")
    position: int | None = Field(None, description="Its place among the product's images, from 1")
    src: str | None = Field(None, description="Where it is")
    alt: str | None = Field(None, description="What it shows, in words")
    width: int | None = Field(None, description="Width in pixels")
    height: int | None = Field(None, description="Height in pixels")
    variant_ids: Many[int] = Field(default_factory=list, description="The variants that it shows")
    created_at: Time | None = Field(None, description="When it was created")
    updated_at: Time | None = Field(None, description="When it last changed")


class ProductOption(Part):
    """What a shopper chooses between, such as sizes."""

    id: int | None = Field(None, description="Identifier of the option")
    product_id: int | None = Field(None, description="Identifier of the product")
    name: str | None = Field(None, description="Its name, `Size`")
    position: int | None = Field(None, description="Its place among the options, from 1")
    values: Many[str] = Field(default_factory=list, description="What there is to choose from")


class Variant(Part):
    """One form in which a product is sold."""

    id: int | None = Field(None, description="Identifier of the variant")
    product_id: int | None = Field(None, description="Identifier of the product; may exceed 2^53")
    title: str | None = Field(None, description="Title of the variant")
    sku: str | None = Field(None, description="Stock keeping unit")
    barcode: str | None = Field(None, description="Barcode")
    price: Money | None = Field(None, description="Price of one")
    compare_at_price: Money | None = Field(None, description="The price that is crossed out")
    position: int | None = Field(None, description="Its place among the variants, from 1")
    option1: str | None = Field(None, description="Its value of the first option")
    option2: str | None = Field(None, description="Its value of the second option")
    option3: str | None = Field(None, description="Its value of the third option")
    taxable: bool | None = Field(None, description="Whether taxes are due on it")
    requires_shipping: bool | None = Field(None, description="Whether it is shipped at all")
    fulfillment_service: str | None = Field(None, description="Who ships it")
    grams: int | None = Field(None, description="Weight of one, in grams")
    weight: Money | None = Field(None, description="Weight of one, in its own unit")
    weight_unit: str | None = Field(None, description="The unit of its weight")
    image_id: int | None = Field(None, description="Identifier of its image")
    inventory_item_id: int | None = Field(None, description="Identifier of what is stocked")
    inventory_management: str | None = Field(None, description="Who counts the stock")
    inventory_policy: str | None = Field(None, description="Whether it is sold when out of stock")
    inventory_quantity: int | None = Field(None, description="How many are in stock")
    created_at: Time | None = Field(None, description="When it was created")
    updated_at: Time | None = Field(None, description="When it last changed")


class Product(Payload):
    """What a shop sells. A deletion carries the identifier and nothing more."""

    id: int = Field(description="Identifier of the product; may exceed 2^53")
    title: str | None = Field(None, description="Title")
    handle: str | None = Field(None, description="Its name in the shop's addresses")
    body_html: str | None = Field(None, description="Its description, in HTML")
    product_type: str | None = Field(None, description="What kind of product it is")
    vendor: str | None = Field(None, description="Vendor")
    status: str | None = Field(None, description="active, draft or archived")
    tags: Tags = Field(default_factory=list, description="Tags associated with the product")
    template_suffix: str | None = Field(None, description="The theme's template for its page")
    published_at: Time | None = Field(None, description="When it was published")
    published_scope: str | None = Field(None, description="Where it is published")
    created_at: Time | None = Field(None, description="When it was created")
    updated_at: Time | None = Field(None, description="When it last changed")
    variants: Many[Variant] = Field(default_factory=list, description="The forms it is sold in")
    options: Many[ProductOption] = Field(
        default_factory=list, description="What its variants differ in"
    )
    images: Many[Image] = Field(default_factory=list, description="Its pictures")
    image: One[Image] = Field(None, description="The first of its pictures")

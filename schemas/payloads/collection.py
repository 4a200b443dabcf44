"""Collections of products: `collections/create`, `collections/update`, `collections/delete`."""

from pydantic import Field

from schemas.payloads.payload import Payload
from schemas.payloads.product import Image
from schemas.payloads.times import Time
from schemas.payloads.values import One


class Collection(Payload):
    """Products shown together. A deletion carries the identifier and little more."""

    id: int = Field(description="Identifier of the collection")
    title: str | None = Field(None, description="Title")
    handle: str | None = Field(None, description="Its name in the shop's addresses")
    body_html: str | None = Field(None, description="Its description, in HTML")
    sort_order: str | None = Field(None, description="In which order its products stand")
    template_suffix: str | None = Field(None, description="The theme's template for its page")
    image: One[Image] = Field(None, description="Its picture")
    published_at: Time | None = Field(None, description="When it was published")
    published_scope: str | None = Field(None, description="Where it is published")
    updated_at: Time | None = Field(None, description="When it last changed")

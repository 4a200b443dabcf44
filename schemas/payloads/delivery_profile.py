"""How a shop ships: `profiles/create`, `profiles/update`, `profiles/delete`."""

from pydantic import Field

from schemas.payloads.payload import Payload


class DeliveryProfile(Payload):
    """From where a shop ships which products, and for how much."""

    id: int = Field(description="Identifier of the profile")
    name: str | None = Field(None, description="Its name")
    default: bool | None = Field(None, description="Whether it holds where no other does")
    profile_type: str | None = Field(None, description="What kind of profile it is")
    version: int | None = Field(None, description="How often it has changed")

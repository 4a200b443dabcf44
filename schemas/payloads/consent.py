"""What customers have agreed to."""

from pydantic import Field

from schemas.payloads.payload import Part
from schemas.payloads.times import Time


class Consent(Part):
    """Whether a customer wants to be written to."""

    state: str | None = Field(None, description="subscribed, unsubscribed, pending, …")
    opt_in_level: str | None = Field(None, description="How the customer said so")
    consent_updated_at: Time | None = Field(None, description="When the customer said so")
    consent_collected_from: str | None = Field(None, description="Where the customer said so")

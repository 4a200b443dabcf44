"""About the app itself: `app_subscriptions/…`, `bulk_operations/finish`."""

from pydantic import Field

from schemas.payloads.payload import Payload
from schemas.payloads.times import Time
from schemas.payloads.values import Money


class AppSubscription(Payload):
    """What a shop pays for the app."""

    admin_graphql_api_id: str = Field(description="Identifier of the subscription")
    admin_graphql_api_shop_id: str | None = Field(None, description="Identifier of the shop")
    name: str | None = Field(None, description="Its name")
    status: str | None = Field(None, description="PENDING, ACTIVE, CANCELLED, …")
    plan_handle: str | None = Field(None, description="The app's plan")
    price: Money | None = Field(None, description="What it costs in each interval")
    interval: str | None = Field(None, description="How often it is paid")
    currency: str | None = Field(None, description="Currency, three letters (ISO 4217)")
    capped_amount: Money | None = Field(None, description="The most that usage may cost")
    balance_used: Money | None = Field(None, description="What usage has cost so far")
    created_at: Time | None = Field(None, description="When it was created")
    updated_at: Time | None = Field(None, description="When it last changed")


class BulkOperation(Payload):
    """Work on much data at once, which has ended."""

    admin_graphql_api_id: str = Field(description="Identifier of the work")
    type: str | None = Field(None, description="query or mutation")
    status: str | None = Field(None, description="How it ended")
    error_code: str | None = Field(None, description="Why it failed")
    created_at: Time | None = Field(None, description="When it was begun")
    completed_at: Time | None = Field(None, description="When it ended")

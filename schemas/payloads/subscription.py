"""What customers buy again and again: `selling_plan_groups/…`, `subscription_contracts/…`,
`subscription_billing_attempts/…`, `subscription_billing_cycles/…`.
"""

from typing import Any

from pydantic import Field

from schemas.payloads.payload import Part, Payload
from schemas.payloads.times import Time
from schemas.payloads.values import Loose, Many, One


class Interval(Part):
    """How often."""

    interval: str | None = Field(None, description="day, week, month or year")
    interval_count: int | None = Field(None, description="Every how many of them")
    min_cycles: int | None = Field(None, description="So often at least")
    max_cycles: int | None = Field(None, description="So often at most")


class SellingPlan(Part):
    """One way to buy again and again."""

    id: int | None = Field(None, description="Identifier of the plan")
    name: str | None = Field(None, description="Its name")
    description: str | None = Field(None, description="What it is, in words")
    options: Many[str] = Field(
        default_factory=list, description="Its values of the group's options"
    )
    position: int | None = Field(None, description="Its place in the group")
    billing_policy: One[Interval] = Field(None, description="How often it is paid")
    delivery_policy: One[Interval] = Field(None, description="How often it is delivered")
    pricing_policies: Loose = Field(default_factory=list, description="How its price comes about")


class SellingPlanGroup(Payload):
    """Ways to buy again and again, between which a shopper chooses."""

    id: int = Field(description="Identifier of the group")
    name: str | None = Field(None, description="Its name")
    merchant_code: str | None = Field(None, description="Its name for staff")
    description: str | None = Field(None, description="What it is, in words")
    summary: str | None = Field(None, description="The same, in a line")
    app_id: str | None = Field(None, description="Identifier of the app it belongs to")
    options: Many[str] = Field(default_factory=list, description="What its plans differ in")
    position: int | None = Field(None, description="Its place among the groups")
    selling_plans: Many[SellingPlan] = Field(default_factory=list, description="Its plans")
    products: Loose = Field(default_factory=list, description="The products it is for")
    product_variants: Loose = Field(default_factory=list, description="The variants it is for")


class SubscriptionContract(Payload):
    """What a customer has agreed to buy again and again."""

    id: int = Field(description="Identifier of the contract")
    customer_id: int | None = Field(None, description="Identifier of the customer")
    origin_order_id: int | None = Field(None, description="Identifier of the order it began with")
    revision_id: str | None = Field(None, description="Which version of it this is")
    status: str | None = Field(None, description="active, paused, cancelled, expired or failed")
    currency_code: str | None = Field(None, description="Currency, three letters (ISO 4217)")
    billing_policy: One[Interval] = Field(None, description="How often it is paid")
    delivery_policy: One[Interval] = Field(None, description="How often it is delivered")


class SubscriptionBillingAttempt(Payload):
    """Whether a contract could be billed. The identifier may be missing; the key never is."""

    idempotency_key: str = Field(description="The key that the app gave the attempt")
    id: int | None = Field(None, description="Identifier of the attempt")
    order_id: int | None = Field(None, description="Identifier of the order it made")
    subscription_contract_id: int | None = Field(None, description="Identifier of the contract")
    ready: bool | None = Field(None, description="Whether it has ended")
    error_code: str | None = Field(None, description="Why it failed")
    error_message: str | None = Field(None, description="Why it failed, in words")


class SubscriptionBillingCycle(Payload):
    """One of the times that a contract is billed, skipped or changed."""

    subscription_contract_id: int = Field(description="Identifier of the contract")
    cycle_index: int | None = Field(None, description="Which one, from 1")
    cycle_start_at: Time | None = Field(None, description="When it begins")
    cycle_end_at: Time | None = Field(None, description="When it ends")
    billing_attempt_expected_date: Time | None = Field(None, description="When it is to be billed")
    skipped: bool | None = Field(None, description="Whether it is skipped")
    edited: bool | None = Field(None, description="Whether it is another than the contract says")
    contract_edit: One[dict[str, Any]] = Field(None, description="What it is instead")

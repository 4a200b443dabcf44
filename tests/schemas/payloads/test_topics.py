"""Which model a topic's body is."""

import pytest

from schemas.payloads import (
    PAYLOADS,
    Cart,
    Checkout,
    Customer,
    CustomerCredit,
    CustomerRedact,
    CustomerTags,
    DataRequest,
    Fulfillment,
    Order,
    OrderEdit,
    Payload,
    Product,
    Refund,
    Shop,
    ShopRedact,
    Transaction,
)
from schemas.topic import Topic

OF_2019 = {
    "app": "uninstalled",
    "carts": "create update",
    "checkouts": "create delete update",
    "collection_listings": "add remove update",
    "collections": "create delete update",
    "customer_groups": "create delete update",
    "customers": "create delete disable enable update",
    "draft_orders": "create delete update",
    "fulfillment_events": "create delete",
    "fulfillments": "create update",
    "inventory_items": "create update delete",
    "inventory_levels": "connect update disconnect",
    "locations": "create update delete",
    "order_transactions": "create",
    "orders": "cancelled create delete fulfilled paid partially_fulfilled updated",
    "product_listings": "add remove update",
    "products": "create delete update",
    "refunds": "create",
    "shop": "update",
    "themes": "create delete publish update",
}
"""What Shopify's REST API could subscribe to in February 2019, by resource."""
LATER = [
    "app_subscriptions/update",
    "bulk_operations/finish",
    "companies/create",
    "company_contacts/update",
    "company_contact_roles/assign",
    "company_locations/delete",
    "customer.tags_added",
    "customer_payment_methods/revoke",
    "customers/data_request",
    "customers/merge",
    "customers/redact",
    "customers_email_marketing_consent/update",
    "customers_marketing_consent/update",
    "disputes/create",
    "domains/destroy",
    "fulfillment_orders/moved",
    "markets/update",
    "orders/edited",
    "payment_terms/create",
    "profiles/update",
    "selling_plan_groups/create",
    "shop/redact",
    "subscription_billing_attempts/failure",
    "subscription_billing_cycle_edits/create",
    "subscription_billing_cycles/skip",
    "subscription_contracts/pause",
    "tender_transactions/create",
]
CASES: list[tuple[str, type[Payload]]] = [
    ("carts/update", Cart),
    ("orders/updated", Order),
    ("orders/edited", OrderEdit),
    ("customers/enable", Customer),
    ("customers/data_request", DataRequest),
    ("customers/redact", CustomerRedact),
    ("customer.tags_removed", CustomerTags),
    ("customer_credits/create", CustomerCredit),
    ("checkouts/update", Checkout),
    ("fulfillments/create", Fulfillment),
    ("refunds/create", Refund),
    ("order_transactions/create", Transaction),
    ("products/delete", Product),
    ("shop/update", Shop),
    ("app/uninstalled", Shop),
    ("shop/redact", ShopRedact),
]


@pytest.mark.parametrize(("topic", "model"), CASES)
def test_a_topic_leads_to_the_model_of_what_it_is_about(topic: str, model: type[Payload]) -> None:
    assert model is PAYLOADS[topic]


def test_every_topic_of_2019_and_the_families_that_came_later_have_a_model() -> None:
    old = {f"{name}/{event}" for name, events in OF_2019.items() for event in events.split()}
    assert set() == (old | {*LATER}) - PAYLOADS.keys()


def test_every_topic_with_a_model_is_a_topic() -> None:
    assert [*PAYLOADS] == [Topic.parse(topic) for topic in PAYLOADS]

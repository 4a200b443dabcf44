"""Which model a topic's body is."""

from collections.abc import Mapping

from schemas.payloads.app_events import AppSubscription, BulkOperation
from schemas.payloads.cart import Cart
from schemas.payloads.checkout import Checkout
from schemas.payloads.collection import Collection
from schemas.payloads.company import Company, CompanyContact, CompanyContactRole, CompanyLocation
from schemas.payloads.customer import Customer
from schemas.payloads.customer_changes import (
    CustomerGroup,
    CustomerMerge,
    CustomerPaymentMethod,
    CustomerTags,
    EmailConsent,
    SmsConsent,
)
from schemas.payloads.customer_credit import CustomerCredit
from schemas.payloads.delivery_profile import DeliveryProfile
from schemas.payloads.dispute import Dispute
from schemas.payloads.draft_order import DraftOrder
from schemas.payloads.fulfillment import Fulfillment, FulfillmentEvent
from schemas.payloads.fulfillment_order import FulfillmentOrderChange
from schemas.payloads.inventory import InventoryItem, InventoryLevel, Location
from schemas.payloads.listing import CollectionListing, ProductListing
from schemas.payloads.order import Order
from schemas.payloads.order_edit import OrderEdit
from schemas.payloads.payload import Payload
from schemas.payloads.payment_terms import PaymentTerms
from schemas.payloads.privacy import CustomerRedact, DataRequest, ShopRedact
from schemas.payloads.product import Product
from schemas.payloads.refund import Refund
from schemas.payloads.shop import Domain, Market, Shop, Theme
from schemas.payloads.subscription import (
    SellingPlanGroup,
    SubscriptionBillingAttempt,
    SubscriptionBillingCycle,
    SubscriptionContract,
)
from schemas.payloads.transaction import TenderTransaction, Transaction

CHANGES = "create update delete"
OF_FULFILLMENT_ORDERS = """
    cancellation_request_accepted cancellation_request_rejected cancellation_request_submitted
    cancelled fulfillment_request_accepted fulfillment_request_rejected
    fulfillment_request_submitted fulfillment_service_failed_to_complete hold_released
    line_items_prepared_for_local_delivery line_items_prepared_for_pickup merged moved
    order_routing_complete placed_on_hold rescheduled scheduled_fulfillment_order_ready split
"""

_EVENTS: list[tuple[type[Payload], str, str]] = [
    (Cart, "carts", "create update"),
    (Order, "orders", "create updated paid cancelled fulfilled partially_fulfilled delete"),
    (OrderEdit, "orders", "edited"),
    (Customer, "customers", "create update enable disable delete"),
    (CustomerMerge, "customers", "merge"),
    (DataRequest, "customers", "data_request"),
    (CustomerRedact, "customers", "redact"),
    (CustomerCredit, "customer_credits", "create update"),
    (CustomerGroup, "customer_groups", CHANGES),
    (CustomerPaymentMethod, "customer_payment_methods", "create update revoke"),
    (EmailConsent, "customers_email_marketing_consent", "update"),
    (SmsConsent, "customers_marketing_consent", "update"),
    (Checkout, "checkouts", CHANGES),
    (DraftOrder, "draft_orders", CHANGES),
    (Fulfillment, "fulfillments", "create update"),
    (FulfillmentEvent, "fulfillment_events", "create delete"),
    (FulfillmentOrderChange, "fulfillment_orders", OF_FULFILLMENT_ORDERS),
    (Refund, "refunds", "create"),
    (Transaction, "order_transactions", "create"),
    (TenderTransaction, "tender_transactions", "create"),
    (PaymentTerms, "payment_terms", CHANGES),
    (Dispute, "disputes", "create update"),
    (Product, "products", CHANGES),
    (ProductListing, "product_listings", "add update remove"),
    (Collection, "collections", CHANGES),
    (CollectionListing, "collection_listings", "add update remove"),
    (InventoryItem, "inventory_items", CHANGES),
    (InventoryLevel, "inventory_levels", "connect update disconnect"),
    (Location, "locations", f"{CHANGES} activate deactivate"),
    (DeliveryProfile, "profiles", CHANGES),
    (Company, "companies", CHANGES),
    (CompanyContact, "company_contacts", CHANGES),
    (CompanyContactRole, "company_contact_roles", "assign revoke"),
    (CompanyLocation, "company_locations", CHANGES),
    (SellingPlanGroup, "selling_plan_groups", CHANGES),
    (
        SubscriptionContract,
        "subscription_contracts",
        "create update activate pause cancel expire fail",
    ),
    (SubscriptionBillingAttempt, "subscription_billing_attempts", "success failure challenged"),
    (SubscriptionBillingCycle, "subscription_billing_cycles", "skip unskip"),
    (SubscriptionBillingCycle, "subscription_billing_cycle_edits", CHANGES),
    (Shop, "shop", "update"),
    (Shop, "app", "uninstalled"),
    (ShopRedact, "shop", "redact"),
    (Theme, "themes", f"{CHANGES} publish"),
    (Domain, "domains", "create update destroy"),
    (Market, "markets", CHANGES),
    (AppSubscription, "app_subscriptions", "update approaching_capped_amount"),
    (BulkOperation, "bulk_operations", "finish"),
]

PAYLOADS: Mapping[str, type[Payload]] = {
    f"{resource}/{event}": model for model, resource, events in _EVENTS for event in events.split()
} | {
    "customer.tags_added": CustomerTags,
    "customer.tags_removed": CustomerTags,
}
"""Topic -> the model of its body. A deletion may carry the identifier and nothing more, which every
model takes.
"""

"""What the platform's webhooks say, as types: one pydantic model family a module.

A model is made when it is first asked for: a process that reads orders pays for no other family
when it starts.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from schemas.payloads.homes import HOMES

if TYPE_CHECKING:
    from schemas.payloads.address import Address
    from schemas.payloads.app_events import AppSubscription, BulkOperation
    from schemas.payloads.cart import Cart, CartItem
    from schemas.payloads.checkout import Checkout, CheckoutItem
    from schemas.payloads.collection import Collection
    from schemas.payloads.company import (
        Company,
        CompanyAddress,
        CompanyContact,
        CompanyContactPart,
        CompanyContactRole,
        CompanyLocation,
        CompanyLocationPart,
        CompanyPart,
        CompanyRole,
    )
    from schemas.payloads.consent import Consent
    from schemas.payloads.customer import Customer, CustomerPart, CustomerState
    from schemas.payloads.customer_changes import (
        CustomerGroup,
        CustomerMerge,
        CustomerPaymentMethod,
        CustomerTags,
        EmailConsent,
        MergeProblem,
        SmsConsent,
    )
    from schemas.payloads.customer_credit import CustomerCredit
    from schemas.payloads.delivery_profile import DeliveryProfile
    from schemas.payloads.dispute import Dispute
    from schemas.payloads.draft_order import AppliedDiscount, DraftItem, DraftOrder
    from schemas.payloads.fulfillment import Fulfillment, FulfillmentEvent, FulfillmentPart
    from schemas.payloads.fulfillment_order import (
        FulfillmentHold,
        FulfillmentOrder,
        FulfillmentOrderChange,
        FulfillmentOrderItem,
    )
    from schemas.payloads.inventory import InventoryItem, InventoryLevel, Location
    from schemas.payloads.line_item import LineItem, TaxLine
    from schemas.payloads.listing import (
        CollectionListing,
        ListedVariant,
        OptionValue,
        ProductListing,
    )
    from schemas.payloads.money_set import CurrencyAmount, MoneySet
    from schemas.payloads.order import DiscountCode, Order, OrderPart, ShippingLine
    from schemas.payloads.order_edit import ItemChange, ItemChanges, OrderEdit
    from schemas.payloads.payload import Part, Payload
    from schemas.payloads.payment_terms import PaymentSchedule, PaymentTerms
    from schemas.payloads.privacy import (
        CustomerRedact,
        DataRequest,
        DataRequestReference,
        DataSubject,
        ShopRedact,
    )
    from schemas.payloads.product import Image, Product, ProductOption, Variant
    from schemas.payloads.refund import OrderAdjustment, Refund, RefundItem, RefundPart
    from schemas.payloads.shop import Domain, Localization, Market, Region, Shop, Theme
    from schemas.payloads.subscription import (
        Interval,
        SellingPlan,
        SellingPlanGroup,
        SubscriptionBillingAttempt,
        SubscriptionBillingCycle,
        SubscriptionContract,
    )
    from schemas.payloads.topics import PAYLOADS
    from schemas.payloads.transaction import TenderTransaction, Transaction, TransactionPart

__all__ = [
    "PAYLOADS",
    "Address",
    "AppSubscription",
    "AppliedDiscount",
    "BulkOperation",
    "Cart",
    "CartItem",
    "Checkout",
    "CheckoutItem",
    "Collection",
    "CollectionListing",
    "Company",
    "CompanyAddress",
    "CompanyContact",
    "CompanyContactPart",
    "CompanyContactRole",
    "CompanyLocation",
    "CompanyLocationPart",
    "CompanyPart",
    "CompanyRole",
    "Consent",
    "CurrencyAmount",
    "Customer",
    "CustomerCredit",
    "CustomerGroup",
    "CustomerMerge",
    "CustomerPart",
    "CustomerPaymentMethod",
    "CustomerRedact",
    "CustomerState",
    "CustomerTags",
    "DataRequest",
    "DataRequestReference",
    "DataSubject",
    "DeliveryProfile",
    "DiscountCode",
    "Dispute",
    "Domain",
    "DraftItem",
    "DraftOrder",
    "EmailConsent",
    "Fulfillment",
    "FulfillmentEvent",
    "FulfillmentHold",
    "FulfillmentOrder",
    "FulfillmentOrderChange",
    "FulfillmentOrderItem",
    "FulfillmentPart",
    "Image",
    "Interval",
    "InventoryItem",
    "InventoryLevel",
    "ItemChange",
    "ItemChanges",
    "LineItem",
    "ListedVariant",
    "Localization",
    "Location",
    "Market",
    "MergeProblem",
    "MoneySet",
    "OptionValue",
    "Order",
    "OrderAdjustment",
    "OrderEdit",
    "OrderPart",
    "Part",
    "Payload",
    "PaymentSchedule",
    "PaymentTerms",
    "Product",
    "ProductListing",
    "ProductOption",
    "Refund",
    "RefundItem",
    "RefundPart",
    "Region",
    "SellingPlan",
    "SellingPlanGroup",
    "ShippingLine",
    "Shop",
    "ShopRedact",
    "SmsConsent",
    "SubscriptionBillingAttempt",
    "SubscriptionBillingCycle",
    "SubscriptionContract",
    "TaxLine",
    "TenderTransaction",
    "Theme",
    "Transaction",
    "TransactionPart",
    "Variant",
]


def __getattr__(name: str) -> Any:
    """Return a model out of its module, which is imported now; from then on it stands here."""
    home = HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    module = import_module(f"{__name__}.{home}")
    model = getattr(module, name)
    globals()[name] = model
    return model

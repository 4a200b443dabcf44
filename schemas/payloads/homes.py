"""In which module each model is, so that no other is imported for it."""

_MODULES: dict[str, str] = {
    "address": "Address",
    "app_events": "AppSubscription BulkOperation",
    "cart": "Cart CartItem",
    "checkout": "Checkout CheckoutItem",
    "collection": "Collection",
    "company": (
        "Company CompanyAddress CompanyContact CompanyContactPart CompanyContactRole "
        "CompanyLocation CompanyLocationPart CompanyPart CompanyRole"
    ),
    "consent": "Consent",
    "customer": "Customer CustomerPart CustomerState",
    "customer_changes": (
        "CustomerGroup CustomerMerge CustomerPaymentMethod CustomerTags EmailConsent "
        "MergeProblem SmsConsent"
    ),
    "customer_credit": "CustomerCredit",
    "delivery_profile": "DeliveryProfile",
    "dispute": "Dispute",
    "draft_order": "AppliedDiscount DraftItem DraftOrder",
    "fulfillment": "Fulfillment FulfillmentEvent FulfillmentPart",
    "fulfillment_order": (
        "FulfillmentHold FulfillmentOrder FulfillmentOrderChange FulfillmentOrderItem"
    ),
    "inventory": "InventoryItem InventoryLevel Location",
    "line_item": "LineItem TaxLine",
    "listing": "CollectionListing ListedVariant OptionValue ProductListing",
    "money_set": "CurrencyAmount MoneySet",
    "order": "DiscountCode Order OrderPart ShippingLine",
    "order_edit": "ItemChange ItemChanges OrderEdit",
    "payload": "Part Payload",
    "payment_terms": "PaymentSchedule PaymentTerms",
    "privacy": "CustomerRedact DataRequest DataRequestReference DataSubject ShopRedact",
    "product": "Image Product ProductOption Variant",
    "refund": "OrderAdjustment Refund RefundItem RefundPart",
    "shop": "Domain Localization Market Region Shop Theme",
    "subscription": (
        "Interval SellingPlan SellingPlanGroup SubscriptionBillingAttempt "
        "SubscriptionBillingCycle SubscriptionContract"
    ),
    "topics": "PAYLOADS",
    "transaction": "TenderTransaction Transaction TransactionPart",
}

HOMES = {name: module for module, names in _MODULES.items() for name in names.split()}
"""Name -> the module in this package that holds it."""

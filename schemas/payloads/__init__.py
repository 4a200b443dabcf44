"""What the platform's webhooks say, as types: one pydantic model family a module."""

from collections.abc import Mapping

from schemas.payloads.address import Address
from schemas.payloads.cart import Cart, CartItem
from schemas.payloads.customer import Customer, CustomerPart, CustomerState
from schemas.payloads.customer_credit import CustomerCredit
from schemas.payloads.order import (
    DiscountCode,
    Fulfillment,
    LineItem,
    Order,
    OrderPart,
    ShippingLine,
    TaxLine,
)
from schemas.payloads.payload import Part, Payload

__all__ = [
    "PAYLOADS",
    "Address",
    "Cart",
    "CartItem",
    "Customer",
    "CustomerCredit",
    "CustomerPart",
    "CustomerState",
    "DiscountCode",
    "Fulfillment",
    "LineItem",
    "Order",
    "OrderPart",
    "Part",
    "Payload",
    "ShippingLine",
    "TaxLine",
]

_EVENTS: dict[type[Payload], tuple[str, str]] = {
    Cart: ("carts", "create update"),
    Order: ("orders", "create updated paid cancelled fulfilled partially_fulfilled delete"),
    Customer: ("customers", "create update enable disable delete"),
    CustomerCredit: ("customer_credits", "create update"),
}

PAYLOADS: Mapping[str, type[Payload]] = {
    f"{resource}/{event}": model
    for model, (resource, events) in _EVENTS.items()
    for event in events.split()
}
"""Topic -> the model of its body. A deletion may carry the id and nothing more, which every model
takes.

Topics that carry something else are not here: `orders/edited` holds the edit, `customers/merge` two
ids.
"""

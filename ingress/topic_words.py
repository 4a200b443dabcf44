"""From what a platform calls an event to a topic of two words. Pure.

    invoice.paid                     invoice.paid
    customer.subscription.created    customer-subscription.created
    store/cart/lineItem/created      store-cart-line_item/created
    push                             push/event

The last word is the event; all before it, joined by `-`, are the resource. No built-in platform has
a `-` in its names, so that two of them never meet.
"""

import re

ALONE = "event"
"""The event where there is but one word."""
_CAPITAL = re.compile(r"(?<=[a-z0-9])[A-Z]")
_WORDS = re.compile(r"[./]")


def two_words(name: str) -> str:
    """Return the topic; what cannot be one stays as wrong as it is, and is refused as a topic."""
    snaked = _CAPITAL.sub(_below, name)
    lower = snaked.lower()
    words = _WORDS.split(lower)
    if len(words) == 1:
        return f"{lower}/{ALONE}"

    *before, event = words
    resource = "-".join(before)
    separator = lower[-len(event) - 1]
    return f"{resource}{separator}{event}"


def _below(match: re.Match[str]) -> str:
    return f"_{match[0]}"

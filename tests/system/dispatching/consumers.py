"""The example that orders parcels, as workers run it."""

from shop.dispatch import dispatch

__all__ = ["dispatch"]

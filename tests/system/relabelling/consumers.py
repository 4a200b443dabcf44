"""The example that relabels parcels in the order of their changes, as workers run it."""

from shop.relabel import relabel

__all__ = ["relabel"]

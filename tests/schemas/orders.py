"""Orders to try things with."""

from typing import Any

from hypothesis import strategies as st

from schemas.limits import MAX_CONCURRENCY
from schemas.orders import Order, Ordered

NOW = 1_764_000_000_000


def order(what: Ordered = Ordered.PAUSED, consumer: str = "erp", **more: Any) -> Order:
    """Return an order on a consumer, as somebody gave it."""
    told: dict[str, Any] = {"by": "me@host", "at": NOW}
    return Order(what, consumer, **(told | more))


_GIVEN = st.builds(
    Order,
    what=st.sampled_from([one for one in Ordered if one is not Ordered.LIMITED]),
    consumer=st.sampled_from(["erp", "mail"]),
    topic=st.sampled_from(["", "orders.create", "orders._any"]),
    by=st.sampled_from(["me@host", ""]),
    at=st.integers(0, 2**40),
    until=st.none() | st.integers(NOW - 5, NOW + 5),
    reason=st.sampled_from(["", "ERP is down"]),
    concurrency=st.none() | st.integers(1, MAX_CONCURRENCY),
    times=st.integers(0, 9),
)
_LIMITED = st.builds(
    Order,
    what=st.just(Ordered.LIMITED),
    consumer=st.sampled_from(["erp", "mail"]),
    until=st.none() | st.integers(NOW - 5, NOW + 5),
    limit=st.sampled_from(["rate", "per_shop_rate"]),
    value=st.sampled_from(["", "none", "60/m"]),
)
ORDERS = _GIVEN | _LIMITED
"""Any orders, each at offset 0."""

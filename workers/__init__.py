"""What the author of a consumer imports."""
# ruff: noqa: E402 - an author's package that hides ours is told before anything else fails of it

try:
    from runtime import hiding
except ImportError as error:
    raise ImportError(
        f"{error.path or error} hides Hookline's own `runtime`: "
        "put yours into a package of your own, as in shop.runtime"
    ) from error

hiding.check_not_hidden("schemas")

from workers.breaker import Breaker
from workers.consumer import Consumer, consumer
from workers.delivery import Delivery, Reject, Retry
from workers.retry import RetryPolicy

__all__ = ["Breaker", "Consumer", "Delivery", "Reject", "Retry", "RetryPolicy", "consumer"]

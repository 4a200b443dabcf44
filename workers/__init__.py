"""What the author of a consumer imports."""

from workers.consumer import Consumer, consumer
from workers.delivery import Delivery, Reject, Retry
from workers.retry import RetryPolicy

__all__ = ["Consumer", "Delivery", "Reject", "Retry", "RetryPolicy", "consumer"]

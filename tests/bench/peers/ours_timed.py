"""Hookline's consumer that notes how long ago the webhook was sent."""

from moments import note

from workers import Delivery, consumer

SENT = "x-spiffy-sent-ns"


@consumer("orders/create", concurrency=200)
async def timed(delivery: Delivery[bytes]) -> None:
    """Note the time from the load program's sending to here."""
    note(int(delivery.webhook.headers[SENT]))

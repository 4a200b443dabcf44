"""Hookline's consumer that waits as long as it is told to, and notes each webhook that it is done
with.
"""

import asyncio
import os
from time import time_ns

from moments import note

from workers import Delivery, consumer

SECONDS = float(os.environ["HANDLER_SECONDS"])


@consumer("orders/create", concurrency=32)
async def slow(delivery: Delivery[bytes]) -> None:
    """Wait for somebody else."""
    await asyncio.sleep(SECONDS)
    note(time_ns())

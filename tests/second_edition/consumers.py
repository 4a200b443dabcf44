"""The consumer of the recordings: the body says what is to become of it."""

import os
import signal
from typing import Any

from workers import Delivery, Reject, Retry, consumer


@consumer("orders/create")
async def kept(delivery: Delivery[dict[str, Any]]) -> None:
    """Do what the body says."""
    match delivery.payload["do"]:
        case "retry":
            raise Retry("later", after=2)
        case "wait two days":
            raise Retry("in two days", after=172_800)
        case "reject":
            raise Reject("unknown SKU")
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)

"""An ordered consumer whose bounds are small, so that a test meets them: how long anything waits in
memory, how many are held, and how long a suspect waits. None of them is a setting.
"""

import json
import os
import signal
from functools import partial
from pathlib import Path
from typing import Any

from tenacity import stop_after_attempt, wait_fixed

from workers import Delivery, Retry, RetryPolicy, consumer, crash
from workers.broker import in_order
from workers.sequences import Sequences

SMALL = json.loads(os.environ.get("SMALL", "{}"))
in_order.RENEW_AFTER = SMALL.get("renew_after", in_order.RENEW_AFTER)
in_order.LOOK_EVERY = 0.05
if "most_held" in SMALL:
    few: Any = partial(Sequences, SMALL["most_held"])
    vars(in_order)["Sequences"] = few
crash.ROUND = 0.1


def note(what: str, webhook: str = "", attempt: int = 0) -> None:
    """Write down what happens."""
    line = {"who": what, "id": webhook, "attempt": attempt, "pid": os.getpid()}
    file = os.open(os.environ["RECORD"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, json.dumps(line).encode() + b"\n")
    os.close(file)


def _renewed(self: in_order.InOrder) -> None:
    note("renews")
    start_anew(self)


start_anew = in_order.InOrder._start_anew
in_order.InOrder._start_anew = _renewed  # type: ignore[method-assign]

POLICY = RetryPolicy(wait=wait_fixed(0.2), stop=stop_after_attempt(1_000))


@consumer("orders/create", partitions=1, ordered=True, concurrency=4, breaker=None, retry=POLICY)
async def small(delivery: Delivery[dict[str, Any]]) -> None:
    """Do what the body says: wait once for so long, fail until a file is there, kill ourselves."""
    webhook = delivery.webhook
    note("begins", webhook.id, delivery.attempt)
    asks = delivery.payload
    if asks.get("kills"):
        os.kill(os.getpid(), signal.SIGKILL)
    if asks.get("once") and delivery.attempt == 1:
        raise Retry("later", after=asks["once"])
    if asks.get("until") and not Path(os.environ["RECORD"] + asks["until"]).exists():
        raise Retry("not yet", after=0.3)
    note("takes effect", webhook.id, delivery.attempt)

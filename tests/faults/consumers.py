"""The consumer of the fault scenarios: a body says what is to be done, and whatever was handled is
written down first.

Lines in the file LEDGER, each on disk before the handler returns: `digest attempt process time`.
While LEDGER-down is there, what they talk to is down; each attempt then is a line of LEDGER-failed.
"""

import asyncio
import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from tenacity import stop_after_attempt, wait_fixed

from workers import Delivery, Reject, Retry, RetryPolicy, consumer


def write_down(delivery: Delivery[Any], suffix: str = "") -> None:
    """Note that the webhook was handled, so that it outlives this process and this machine's
    memory.
    """
    line = f"{delivery.webhook.digest} {delivery.attempt} {os.getpid()} {time.time()}\n"
    with open(os.environ["LEDGER"] + suffix, "a", encoding="ascii") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


async def slow() -> None:
    """Take a while."""
    await asyncio.sleep(0.3)


async def die() -> None:
    """Take the whole process down, as the kernel does when memory runs out."""
    await asyncio.sleep(0.01)
    os.kill(os.getpid(), signal.SIGKILL)


async def block() -> None:
    """Hold the loop up."""
    time.sleep(1)  # noqa: ASYNC251 - the fault itself


async def block_long() -> None:
    """Hold the loop up for longer than the broker waits for a heartbeat."""
    time.sleep(40)  # noqa: ASYNC251 - the fault itself


async def never() -> None:
    """Not come back."""
    await asyncio.Event().wait()


async def deaf(seconds: float = float("inf")) -> None:
    """Not come back for so long, whatever is said."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(min(left, 3600))


async def swallow() -> None:
    """Be left behind after seven seconds, and come back after ten: too many at once would hold all
    up.
    """
    await deaf(10)


async def leak() -> None:
    """Leave tasks behind, some that will not end."""
    for work in (never, deaf):
        _LEAKED.add(asyncio.create_task(work()))


async def give_up() -> None:
    """Try to end the process from within."""
    raise SystemExit(3)


async def interrupt() -> None:
    """End as with Ctrl-C."""
    raise KeyboardInterrupt


async def reject() -> None:
    """Not want it."""
    raise Reject("no")


async def again() -> None:
    """Want it later."""
    raise Retry("later", after=1)


async def call() -> None:
    """Talk to something that may be down."""
    if Path(os.environ["LEDGER"] + "-down").exists():
        with open(os.environ["LEDGER"] + "-failed", "a", encoding="ascii") as file:
            file.write(f"{os.getpid()} {time.time()}\n")
        raise ConnectionError("it is down")


_LEAKED: set[asyncio.Task[None]] = set()
_ALWAYS = {
    "slow": slow,
    "die": die,
    "leak": leak,
    "reject": reject,
    "block": block,
    "block_long": block_long,
    "call": call,
}
_FIRST = {
    "again": again,
    "exit": give_up,
    "interrupt": interrupt,
    "never": never,
    "swallow": swallow,
}


OPTIONS: dict[str, Any] = {}
with suppress(ImportError):  # a version of ours that some begin as has no breaker
    from workers import Breaker

    open_for = float(os.environ.get("OPEN_FOR", "2"))
    OPTIONS["breaker"] = Breaker(open_for=open_for)


@consumer(
    "orders/create",
    timeout=2,
    concurrency=64,
    retry=RetryPolicy(wait=wait_fixed(1), stop=stop_after_attempt(5)),
    **OPTIONS,
)
async def ledger(delivery: Delivery[dict[str, Any]]) -> str | None:
    """Do what the body says, each time or the first time only; then write it down."""
    do = delivery.payload.get("order", delivery.payload)["do"]
    act = _ALWAYS.get(do) or (_FIRST.get(do) if delivery.attempt == 1 else None)
    if act is not None:
        await act()
    write_down(delivery)
    return "a value" if do == "value" else None


if OPTIONS:

    @consumer(
        "orders/create",
        concurrency=16,
        partitions=4,
        ordered=True,
        retry=RetryPolicy(wait=wait_fixed(1), stop=stop_after_attempt(5)),
    )
    async def inorder(delivery: Delivery[dict[str, Any]]) -> None:
        """Write down what has come, in the order of each shop."""
        do = delivery.payload["do"]
        if do == "again" and delivery.attempt == 1:
            raise Retry("later", after=1)
        write_down(delivery, "-inorder")


@consumer("orders/create", concurrency=64)
async def second(delivery: Delivery[bytes]) -> None:
    """Write down whatever comes: the consumer of another team."""
    write_down(delivery, "-second")

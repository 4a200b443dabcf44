"""What a handler raised goes at once, with its webhook: no cycle keeps megabytes until the garbage
collector comes.
"""

import asyncio
import gc
import threading
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Any, cast

import pytest
from pydantic import AfterValidator
from tenacity import stop_after_attempt, wait_fixed, wait_none

from runtime.amqp.confirms import Failure, NotPublished
from schemas.dead_letter import Reason
from schemas.names import WorkQueue
from schemas.properties import ReceivedProperties
from workers import Consumer, Delivery, Reject, RetryPolicy, consumer
from workers.broker.settle import Settler
from workers.broker.under_way import UnderWay
from workers.outcome import Again, Dead, Done, Outcome
from workers.testing import deliver, webhook

ORDER = webhook("orders/create", {"id": 1})
ONCE = RetryPolicy(wait=wait_fixed(3), stop=stop_after_attempt(2))


def fail(error: Exception, cause: Exception | None = None) -> None:
    """Raise the error."""
    raise error from cause


class Body(dict[str, str]):
    """Stands for a webhook's headers; unlike a plain dict, it can be watched going."""


def raise_after_keeping(delivery: Delivery[Any]) -> None:
    """Keep one error in a variable, as many do, and raise another."""
    kept = []
    try:
        fail(ValueError(delivery.webhook.id))
    except ValueError as error:
        kept.append(error)
    raise RuntimeError("boom")


def raise_from_itself(delivery: Delivery[Any]) -> None:
    """Raise an error that holds itself and its webhook."""
    error = RuntimeError("boom", delivery)
    error.args += (error,)
    try:
        raise error
    finally:
        error.args = ()


def raise_frozen(delivery: Delivery[Any]) -> None:
    """Raise an error whose attributes cannot be set."""
    kept = [Frozen(delivery)]
    raise kept[0]


def raise_group(delivery: Delivery[Any]) -> None:
    """Raise errors in a group, one from the other."""
    errors: list[Exception] = []
    for number in range(3):
        try:
            fail(ValueError(number), errors[-1] if errors else None)
        except ValueError as error:
            errors.append(error)
    raise ExceptionGroup("several", errors)


@dataclass(frozen=True)
class Frozen(Exception):
    """An error as a frozen dataclass."""

    delivery: Delivery[Any]


def reject(delivery: Delivery[Any]) -> None:
    """Reject, with the error in a variable."""
    error = Reject("no", delivery)
    raise error


RAISING = [
    raise_after_keeping,
    raise_from_itself,
    raise_frozen,
    raise_group,
    reject,
    lambda delivery: 1 / 0,
]


@pytest.fixture
def no_collector() -> Iterator[None]:
    """Stop the garbage collector, which would find cycles by and by."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


async def everything_goes(handler: Consumer[Any]) -> bool:
    """Tell whether nothing of a webhook stays after an attempt that fails."""
    headers = Body()
    gone = weakref.ref(headers)
    failed = replace(ORDER, headers=headers)
    del headers
    outcome = await deliver(handler, failed)
    assert not isinstance(outcome, Done)
    del failed

    for thread in threading.enumerate():
        if thread.name == "handler":
            thread.join()
    for _ in range(3):
        await asyncio.sleep(0)
    return gone() is None


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("plain", [False, True], ids=["async", "plain"])
@pytest.mark.parametrize("act", RAISING)
async def test_nothing_of_a_failed_webhook_waits_for_the_garbage_collector(
    act: Callable[[Delivery[Any]], Any],
    plain: bool,
) -> None:
    async def coroutine(delivery: Delivery[bytes]) -> None:
        kept = []
        try:
            act(delivery)
        except Exception as error:
            kept.append(error)
            raise

    def function(delivery: Delivery[bytes]) -> None:
        act(delivery)

    handler = consumer("orders/create", retry=ONCE, name="failing")(
        function if plain else coroutine
    )
    assert await everything_goes(handler)


@pytest.mark.usefixtures("no_collector")
async def test_nothing_of_a_webhook_that_was_timed_out_waits_for_the_garbage_collector() -> None:
    @consumer("orders/create", retry=ONCE, timeout=0.01)
    async def handler(delivery: Delivery[bytes]) -> None:
        kept = []
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError as error:
            kept.append(error)
            raise

    assert await everything_goes(handler)


@pytest.mark.usefixtures("no_collector")
async def test_nothing_of_a_body_that_does_not_fit_waits_for_the_garbage_collector() -> None:
    def refuse(value: Any) -> Any:
        kept = []
        try:
            fail(RuntimeError("boom"))
        except RuntimeError as error:
            kept.append((error, value))
            raise
        return value

    @consumer("orders/create")
    async def handler(
        delivery: Delivery[Annotated[dict[str, Any], AfterValidator(refuse)]],
    ) -> None:
        """Take nothing."""

    assert await everything_goes(handler)


async def test_an_error_that_several_share_ends_none_of_them() -> None:
    shared: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    go_on = asyncio.Event()

    async def share() -> str:
        try:
            fail(RuntimeError("the connection is gone"))
        except RuntimeError as error:
            shared.set_exception(error)
            await go_on.wait()
        return "connected again"

    sharing = asyncio.create_task(share())

    @consumer("orders/create", retry=ONCE)
    async def handler(delivery: Delivery[bytes]) -> None:
        await shared

    assert Again(3, "RuntimeError: the connection is gone") == await deliver(handler, ORDER)
    go_on.set()
    assert await sharing == "connected again"


class Link:
    """Stands for channel and publisher: a number of publishes fail, and then the channel is gone,
    or one succeeds.
    """

    def __init__(self, failures: int, *, gone_after: bool) -> None:
        self.failures = failures
        self.gone_after = gone_after

    @property
    def is_closed(self) -> bool:
        """Whether the broker has taken its message back."""
        return self.gone_after and not self.failures

    def ack(self, tag: int) -> None:
        """Take an ack."""

    async def mend(self) -> None:
        """Be told that something was missing."""

    async def publish(self, *copy: Any) -> None:
        """Fail as often as told."""
        if self.failures:
            self.failures -= 1
            raise NotPublished(Failure.NACKED)


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize(
    ("failures", "gone_after"),
    [(0, False), (1, False), (2, True)],
    ids=["published", "published at the second try", "not published: the channel is gone"],
)
@pytest.mark.parametrize(
    "outcome",
    [Again(3, "busy"), Dead(Reason.REJECTED, "no")],
    ids=lambda outcome: type(outcome).__name__,
)
async def test_nothing_of_a_message_that_was_copied_waits_for_the_garbage_collector(
    monkeypatch: pytest.MonkeyPatch,
    outcome: Outcome,
    failures: int,
    gone_after: bool,
) -> None:
    monkeypatch.setattr("workers.broker.settle._PAUSES", wait_none())
    link = Link(failures, gone_after=gone_after)
    headers = Body()
    gone = weakref.ref(headers)
    queue = WorkQueue("app", "erp", "orders.create")
    run = UnderWay(queue, cast("Any", link), 1, ReceivedProperties(headers=headers), b"", 0)
    del headers

    owed = await Settler(cast("Any", link), link.mend).settle(run, outcome)
    del run
    assert (owed is None) is not gone_after
    assert gone() is None

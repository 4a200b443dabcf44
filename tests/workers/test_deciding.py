"""What becomes of a delivery before and after its handler."""

import asyncio

import pytest

from tests.workers.fakes import QUEUE, FakeChannel, run
from workers import Delivery, Once, consumer
from workers.broker.deciding import Decider, Due
from workers.broker.telling import TOLD, Owed
from workers.broker.under_way import UnderWay
from workers.broker.unsettled import Unsettled
from workers.claiming import LOOK_AGAIN
from workers.limiter import Limiter
from workers.outcome import Aside, Deferred, Done, Duplicate
from workers.stores.memory import MemoryStore

HELD = "another run holds the claim on it"
STORE = MemoryStore()


@consumer("orders/create", once=Once(STORE))
async def erp(delivery: Delivery[bytes]) -> None:
    """Take an order."""


async def decided(delivered: UnderWay) -> Owed:
    """Return what becomes of a delivery."""
    unsettled: Unsettled[Owed] = Unsettled(1, TOLD)
    decider = Decider(QUEUE, erp, asyncio.Lock(), Limiter(erp))
    outcome = decider.decide(delivered, unsettled)
    if isinstance(outcome, Due):
        return await decider.attempt(outcome)
    return outcome


@pytest.mark.parametrize("crashes", [0, 1])
async def test_what_a_claim_keeps_waiting_has_the_crashes_that_it_had(crashes: int) -> None:
    await STORE.claim("app/erp/held", "a worker that died", 60)
    back = run(FakeChannel(), webhook_id="held", **{"x-delivery-count": crashes})
    back.redelivered = bool(crashes)
    assert Deferred(LOOK_AGAIN, HELD, crashes) == await decided(back)


async def test_a_replay_passes_by_the_header_of_its_message() -> None:
    assert Done() == await decided(run(FakeChannel(), webhook_id="w2"))
    assert Duplicate() == await decided(run(FakeChannel(), webhook_id="w2"))
    assert Done() == await decided(run(FakeChannel(), webhook_id="w2", webhook_again="INC-1"))


async def test_a_held_copy_that_came_back_is_no_attempt_but_a_copy_with_a_crash_more() -> None:
    held = {"webhook-held-of": "m1", "webhook-held-place": 1, "webhook-held-turn": 2}
    back = run(FakeChannel(), webhook_crashes=1, **held, **{"x-delivery-count": 9})
    back.redelivered = True
    assert Aside(0.0, 2) == await decided(back)

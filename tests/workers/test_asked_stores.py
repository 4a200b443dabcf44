"""`check` asks the stores that consumers keep their claims in."""

from typing import Any

import pytest

from workers import Delivery, Once, consumer
from workers.commands.asked_stores import findings_of_stores
from workers.consumer import Consumer
from workers.once import Away
from workers.stores.memory import MemoryStore
from workers.stores.transaction import InTransaction


def named(name: str, once: Once | None) -> Consumer[Any]:
    """Return a consumer."""

    @consumer("orders/create", name=name, once=once)
    async def handler(delivery: Delivery[bytes]) -> None: ...

    return handler


class Down(MemoryStore):
    """A store that is away."""

    async def release(self, key: str, owner: str) -> None:
        """Fail."""
        raise ConnectionError("refused")


async def test_a_store_that_answers_is_no_finding() -> None:
    transaction = Once(InTransaction())
    consumers = [
        named("erp", Once(MemoryStore())),
        named("mail", None),
        named("bank", transaction),
    ]
    assert [] == [*await findings_of_stores(consumers)]


@pytest.mark.parametrize(
    ("away", "becomes"), [("run", "takes effect twice"), ("wait", "its webhooks wait")]
)
async def test_a_store_that_does_not_answer_is_wrong_and_it_is_said_what_becomes_of_it(
    away: Away, becomes: str
) -> None:
    (finding,) = await findings_of_stores([named("erp", Once(Down(), away=away))])
    assert finding.is_wrong
    assert "consumer erp: the store of its claims (memory) does not answer" in finding.told
    assert becomes in finding.told
    assert "ConnectionError: refused" in finding.told

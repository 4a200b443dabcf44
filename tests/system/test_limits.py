"""Limits at work: real workers, a real broker."""

from tests.system.processes import environment, finished, ingress, worker
from tests.system.record import Record, handled
from tests.system.samples import ORDER, SHOP

OTHER = "other.spiffystores.com"


async def test_of_one_shop_one_is_handled_at_once_and_another_shop_does_not_wait(
    url: str, app: str, record: Record
) -> None:
    async with (
        ingress(url, APP=app) as door,
        worker(url, "--consumer", "one_a_shop", APP=app) as workers,
    ):
        for _ in range(3):
            await door.accepted("orders/create", ORDER, app=app)
        for _ in range(2):
            event = await workers.event("delivery.deferred")
            assert ("Limited: per_shop=1", 1) == (event["reason"], event["attempt"])
        await door.accepted("orders/create", ORDER, app=app, X_Spiffy_Shop_Domain=OTHER)
        begun = await handled(record, "one_a_shop begins", 2)
        assert [SHOP, OTHER] == [line["shop"] for line in begun]

        record.touch(".go")
        ended = await handled(record, "one_a_shop ends", 4)
        assert {1} == {line["attempt"] for line in ended}
        assert 0 == await workers.stop()


async def test_a_rate_that_an_operator_orders_holds_work_up_until_it_is_lifted(
    url: str, app: str, record: Record
) -> None:
    env = environment(url, APP=app)
    async with (
        ingress(url, APP=app) as door,
        worker(url, "--consumer", "taker", "--consumer", "threaded", APP=app) as workers,
    ):
        await door.accepted("orders/create", ORDER, app=app)
        await handled(record, "taker", 1)
        slow = await finished("hookline-workers", "set", "taker", "rate=1/d", env=env)
        assert (0, True) == (slow[0], slow[1].startswith("limited taker rate=1/d\n")), slow
        limited = await workers.event("consumer.limited", limits="rate=1/d")
        assert limited["by"]

        for _ in range(3):
            await door.accepted("orders/create", ORDER, app=app)
        await handled(record, "taker", 2)  # the first turn is there, the next is tomorrow's
        # Until another consumer has taken all of them, these had every chance to begin.
        await handled(record, "threaded", 4)
        assert 2 == len(record.lines("taker"))

        lifted = await finished("hookline-workers", "set", "taker", "rate=default", env=env)
        assert 0 == lifted[0], lifted
        await handled(record, "taker", 4)
        assert 0 == await workers.stop()

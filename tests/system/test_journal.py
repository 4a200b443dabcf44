"""The journal: it has a copy of what comes in, and never speaks for what became of a webhook."""

from contextlib import suppress

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel
from aiormq.exceptions import ChannelNotFoundEntity

from schemas import headers as webhook_headers
from tests.system.broker import message_in, ready
from tests.system.door import Ingress
from tests.system.processes import environment, finished, ingress
from tests.system.samples import ORDER
from tests.system.waiting import until

MISSED = "hookline_copies_missed_total"


async def journal_of(url: str, app: str) -> list[str]:
    """Return the ids of the webhooks in a journal, the oldest first."""
    ids: list[str] = []
    async with await aio_pika.connect(url) as connection, connection.channel() as channel:
        await channel.set_qos(100)
        stream = await channel.get_queue(f"{app}.journal", ensure=False)
        first = {"x-stream-offset": "first"}
        with suppress(TimeoutError):
            async with stream.iterator(arguments=first, timeout=1) as copies:
                async for copy in copies:
                    await copy.ack()
                    ids.append(str(copy.headers[webhook_headers.ID]))
    return ids


async def missed(door: Ingress, app: str) -> float:
    """Return how many copies are missing."""
    return await door.metric(rf'{MISSED}\{{app="{app}"\}}')


async def test_the_journal_has_a_copy_of_each_webhook_and_hides_from_nobody_that_none_is_stored(
    url: str, app: str, amqp: AbstractChannel
) -> None:
    async with ingress(url, APP=app, JOURNAL="7d", JOURNAL_BYTES="10MiB") as door:
        first = await door.accepted("orders/create", ORDER, app=app)
        message = await message_in(amqp, f"{app}.unrouted")
        assert first == message.headers[webhook_headers.ID]

        # With the journal alone to take it, it is not stored.
        await amqp.queue_delete(f"{app}.unrouted")
        assert 503 == (await door.post("orders/create", ORDER, app=app)).status

        async def accepted() -> str | None:
            answer = await door.post("orders/create", ORDER, app=app)
            return str((await answer.json())["id"]) if answer.status == 200 else None

        second = await until(accepted, 10, "stored again")
        assert 1 == await ready(amqp, f"{app}.unrouted")
        assert 0 == await missed(door, app)

        # Nor does a webhook need the journal.
        await amqp.queue_delete(f"{app}.journal")
        hole = await door.accepted("orders/create", ORDER, app=app)
        assert 1 == await missed(door, app)
        assert await door.event("copies.missed", error="returned")

        async def journaled() -> bool:
            before = await missed(door, app)
            await door.accepted("orders/create", ORDER, app=app)
            return before == await missed(door, app)

        await until(journaled, 10, "a journal again")
        assert await door.event("copies.made_again")

        third = await door.accepted("orders/create", ORDER, app=app)
    ids = await journal_of(url, app)
    assert third == ids[-1]
    assert not {first, second, hole} & set(ids)  # they went with the stream


async def test_an_ingress_with_a_journal_and_one_without_serve_the_same_app(
    url: str, app: str, amqp: AbstractChannel
) -> None:
    async with ingress(url, APP=app) as plain:
        await plain.accepted("orders/create", ORDER, app=app)
        with pytest.raises(ChannelNotFoundEntity):
            await amqp.get_exchange(f"{app}.in")

        async with ingress(url, APP=app, JOURNAL="1d") as door:
            first = await door.accepted("orders/create", ORDER, app=app)
            await plain.accepted("orders/create", ORDER, app=app)

    # Off and on again, for another time: what is there goes on as it is, and that is told.
    async with ingress(url, APP=app, JOURNAL="2d") as door:
        assert await door.event("copies.differ")
        last = await door.accepted("orders/create", ORDER, app=app)
        assert 0 == await missed(door, app)
    assert [first, last] == await journal_of(url, app)


async def test_where_only_an_operator_declares_a_journal_that_is_missing_stops_nothing(
    url: str, app: str
) -> None:
    async with ingress(url, APP=app):
        pass

    async with ingress(url, APP=app, DECLARE="verify", JOURNAL="7d") as door:
        await door.accepted("orders/create", ORDER, app=app)
        assert await door.event("copies.missed")
        assert 1 == await missed(door, app)

    env = environment(url, APP=app, DECLARE="verify", JOURNAL="7d")
    code, out, _ = await finished("hookline-ingress", "check", env=env)
    assert 3 == code
    assert f"exchange {app}.in is missing" in out
    assert f"queue {app}.journal is missing" in out

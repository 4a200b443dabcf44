"""Consumers of a pattern, and what identifies a webhook."""

import json

from tests.system.processes import environment, finished, ingress, worker
from tests.system.record import Record, handled

CONSUMERS = ("--consumer", "every_order", "--consumer", "everything")


async def test_a_consumer_of_a_pattern_takes_every_topic_that_fits_and_no_other(
    url: str, app: str, record: Record
) -> None:
    async with ingress(url, APP=app) as door, worker(url, *CONSUMERS, APP=app):
        for topic in ("orders/create", "carts/update", "orders/paid"):
            await door.accepted(topic, b"{}", app=app)
        everything = await handled(record, "everything", 3)
        orders = await handled(record, "every_order", 2)
    assert {"orders/create", "carts/update", "orders/paid"} == {
        line["topic"] for line in everything
    }
    assert {"orders/create", "orders/paid"} == {line["topic"] for line in orders}


async def test_its_dead_letters_are_found_and_replayed_by_their_own_topic_and_by_the_pattern(
    url: str, app: str, record: Record
) -> None:
    env = environment(url, APP=app)
    letters = ("hookline-workers", "dead-letters")

    async def listed(*arguments: str) -> list[str]:
        code, out, err = await finished(*letters, "list", "--json", *arguments, env=env)
        assert code == 0, err
        return sorted(json.loads(line)["topic"] for line in out.splitlines())

    async with (
        ingress(url, APP=app) as door,
        worker(url, "--consumer", "every_order", APP=app) as workers,
    ):
        for topic in ("orders/create", "orders/paid"):
            identity = await door.accepted(topic, b'{"reject": 1}', app=app)
            await workers.event("delivery.dead", id=identity)
        assert ["orders/create", "orders/paid"] == await listed("--topic", "orders/*")
        assert ["orders/paid"] == await listed("--topic", "orders/paid")
        assert ["orders/paid"] == await listed(
            "--consumer", "every_order", "--topic", "orders.paid"
        )
        assert [] == await listed("--topic", "orders/updated")

        chosen = ("--consumer", "every_order", "--topic", "orders/paid")
        code, _, err = await finished(*letters, "replay", *chosen, env=env)
        assert (0, "1 replayed") == (code, err.strip())
        lines = await handled(record, "every_order", 3)
    assert ["orders/create", "orders/paid", "orders/paid"] == sorted(
        line["topic"] for line in lines
    )


async def test_a_cart_that_goes_back_to_what_it_was_is_a_webhook_of_its_own(
    url: str, app: str, record: Record
) -> None:
    """One item, two items, one item again: an idempotent handler must not take the third for the
    first.
    """
    bodies = [b'{"items": %d}' % count for count in (1, 2, 1)]
    async with ingress(url, APP=app) as door, worker(url, "--consumer", "taker", APP=app):
        ids = [await door.accepted("carts/update", body, app=app) for body in bodies]
        lines = await handled(record, "taker", 3)
    assert 3 == len({line["id"] for line in lines})
    assert sorted(ids) == sorted(line["id"] for line in lines)
    digests = {line["id"]: line["digest"] for line in lines}
    first, second, third = (digests[identity] for identity in ids)
    assert first == third != second

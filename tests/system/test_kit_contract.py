"""The test kit and a real worker with a real broker, side by side: of the same webhooks the same
becomes, as both of them log it and as the dead letters say.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from aio_pika.abc import AbstractChannel
from structlog.testing import capture_logs

from tests.system import contracted
from tests.system.broker import message_in
from tests.system.laid import letters
from tests.system.processes import ingress, worker
from tests.system.record import Record
from workers.testing import scenario

STORIES: list[tuple[str, list[str]]] = [
    ("orders/create", ["done"]),
    ("orders/create", ["fail", "fail", "done"]),
    ("orders/create", ["fail"]),
    ("orders/create", ["retry", "done"]),
    ("orders/create", ["later", "later", "fail", "done"]),
    ("orders/create", ["reject"]),
    ("orders/create", []),
    ("orders/updated", ["later"]),
    ("orders/updated", ["fail", "later"]),
    ("orders/paid", ["work"]),
    ("orders/paid", ["work"]),
    ("orders/cancelled", ["work"]),
    ("orders/cancelled", ["work"]),
    ("orders/fulfilled", ["fail", "done"]),
    ("orders/fulfilled", ["fail", "done"]),
    ("orders/fulfilled", ["done"]),
    ("orders/edited", ["fail", "later", "done"]),
    ("orders/edited", ["done"]),
    ("orders/edited", ["fail"]),
    ("orders/edited", ["retry", "done"]),
]
HALTED = [["reject", "done"], ["fail", "reject"], ["done"]]
"""Webhooks of a shop: the first is replayed once it is dead, the second dropped."""
TOLD = ("delivery.", "sequence.")
DEAD = ("plain.orders.create", "impatient.orders.updated", "in_order.orders.edited")
"""Where stories end in dead letters, by what follows the app's name."""
ENDS = ("delivery.done", "delivery.duplicate", "delivery.dead")

GIVEN_BACK = "delivery.aside"
"""What a worker took before its breaker opened it gives back: the kit takes one at a time."""

Steps = list[tuple[str, int, str]]
"""What became of one webhook, step for step: event, attempt, reason."""


def body_of(number: int) -> bytes:
    """Return the body of a story; the sixth has what no handler can read."""
    topic, does = STORIES[number]
    told: dict[str, Any] = {"does": does or "nothing"}
    if topic != "orders/paid":  # those are to be the same
        told["number"] = number
    return json.dumps(told).encode()


def steps_by_story(events: Iterable[Mapping[str, Any]], ids: list[str]) -> list[Steps]:
    """Return what became of each story, by what was logged."""
    steps = defaultdict[str, Steps](list)
    for event in events:
        if event["event"].startswith(TOLD) and event["event"] != GIVEN_BACK:
            step = (event["event"], event["attempt"], event.get("reason", ""))
            steps[event["id"]].append(step)
    return [steps[identity] for identity in ids]


def told_of(headers: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what a dead letter says that the kit's has to say too."""
    names = ("reason", "error", "attempt", "fingerprint", "consumer", "replays")
    return tuple(headers[f"webhook-{name}"] for name in names)


async def by_the_kit() -> tuple[list[Steps], list[tuple[Any, ...]]]:
    """Have the stories happen in the kit."""
    with capture_logs() as events:
        async with scenario(*contracted.ALL) as s:
            made = [s.put(topic, body_of(number)) for number, (topic, _) in enumerate(STORIES)]
            await s.advance("2m")
            letters = [told_of(letter.died.headers()) for letter in s.dead]
    return steps_by_story(events, [webhook.id for webhook in made]), sorted(letters)


async def by_a_worker(
    url: str, app: str, amqp: AbstractChannel
) -> tuple[list[Steps], list[tuple[Any, ...]]]:
    """Have the stories happen for real."""
    chosen = [word for one in contracted.ALL for word in ("--consumer", one.name)]
    async with (
        ingress(url, APP=app) as door,
        worker(url, "contracted", *chosen, APP=app) as workers,
    ):
        ids = [
            await door.accepted(topic, body_of(number), app=app)
            for number, (topic, _) in enumerate(STORIES)
        ]
        for identity in ids:
            await _ended(workers, identity)
        steps = steps_by_story(workers.logs, ids)
    letters = []
    dead = sum(end[-1][0] == "delivery.dead" for end in steps)
    for queue in DEAD:
        letters += [await message_in(amqp, f"{app}.dead.{queue}") for _ in range(_dead_in(queue))]
    assert dead == len(letters)
    return steps, sorted(told_of(letter.headers) for letter in letters)


def _dead_in(queue: str) -> int:
    counts = {"plain.orders.create": 3, "impatient.orders.updated": 2}
    return counts.get(queue, 1)


async def _ended(workers: Any, identity: str) -> None:
    waits = [asyncio.create_task(workers.event(end, 60, id=identity)) for end in ENDS]
    done, pending = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    done.pop().result()


async def halted_in_the_kit() -> list[Steps]:
    """Have a shop halted in the kit, and go on by a replay, then by a drop."""
    with capture_logs() as events:
        async with scenario(contracted.halting) as s:
            made = [s.put("orders/delete", {"does": does}) for does in HALTED]
            await s.run()
            await s.replay(*s.dead)
            await s.advance("10s")
            await s.drop(*s.dead)
            assert [] == s.ready
    return steps_by_story(events, [webhook.id for webhook in made])


async def halted_in_a_worker(url: str, app: str) -> list[Steps]:
    """Have the same happen for real."""
    async with (
        ingress(url, APP=app) as door,
        worker(url, "contracted", "--consumer", "halting", APP=app) as workers,
    ):
        ids: list[str] = []
        for does in HALTED:
            body = json.dumps({"does": does}).encode()
            ids.append(await door.accepted("orders/delete", body, app=app))

        await workers.event("delivery.held", id=ids[-1])
        assert 0 == (await letters(url, app, "replay", "--all"))[0]
        await workers.event("sequence.halted", id=ids[1])
        assert 0 == (await letters(url, app, "drop", "--all", "--for-good"))[0]
        await workers.event("delivery.done", id=ids[-1])
        return steps_by_story(workers.logs, ids)


async def test_what_halts_a_shop_in_the_kit_halts_it_in_a_worker(
    url: str, app: str, record: Record
) -> None:
    kit = await halted_in_the_kit()
    real = await halted_in_a_worker(url, app)
    for does, expected, happened in zip(HALTED, kit, real, strict=True):
        assert expected == happened, does
    assert [False, True, False] == [("sequence.released", 1, "") in steps for steps in kit]


async def test_what_becomes_of_a_webhook_in_the_kit_becomes_of_it_in_a_worker(
    url: str, app: str, record: Record, amqp: AbstractChannel
) -> None:
    kit, kit_letters = await by_the_kit()
    real, real_letters = await by_a_worker(url, app, amqp)
    for (topic, does), expected, happened in zip(STORIES, kit, real, strict=True):
        assert expected == happened, (topic, does)
    assert kit_letters == real_letters

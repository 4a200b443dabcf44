"""Copies of webhooks: whatever becomes of them, it costs no webhook, and little time."""

import asyncio
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from ingress.beside import Beside
from ingress.canary import Canary
from ingress.copying import Copying
from ingress.held_apps import HeldApps
from ingress.telemetry import COPIES_MISSED
from ingress.upkeep import EntryUpkeep
from runtime.amqp.confirms import Confirms, Failure, NotPublished
from schemas.copies import NO_COPIES, Copies, Journal
from schemas.topic import Topic
from schemas.webhook import Webhook

WEBHOOK = Webhook("1", "one", Topic("orders/create"), "a.example", 1, "application/json", b"{}")


class FakeChannel:
    """Confirms what is published on it with what it is told."""

    def __init__(self, *outcomes: Failure | None) -> None:
        self.outcomes = list(outcomes)
        self.published: list[tuple[str, str]] = []

    def publish(self, exchange: str, key: str, *_: Any) -> asyncio.Future[Failure | None]:
        """Take note, and answer."""
        self.published.append((exchange, key))
        future: asyncio.Future[Failure | None] = asyncio.get_running_loop().create_future()
        future.set_result(self.outcomes.pop(0))
        return future


def copying(channel: FakeChannel | None) -> Copying:
    """Return what makes copies on this channel."""
    made = Copying(["one"], Copies(Journal(60, 10_000_000)), declares=True)
    made._confirms = cast("Confirms | None", channel)
    return made


async def stored() -> None:
    """Publish a webhook well."""


async def not_stored() -> None:
    """Publish a webhook in vain."""
    raise NotPublished(Failure.RETURNED)


async def publish(made: Copying, *, well: bool = True) -> None:
    """Publish a webhook and its copy."""
    published = stored() if well else not_stored()
    await made.beside(published, WEBHOOK, WEBHOOK.properties())


def missed() -> float:
    """Return how many copies are missing by now."""
    (family,) = COPIES_MISSED.collect()
    return sum(one.value for one in family.samples if one.name.endswith("_total"))


async def test_a_copy_goes_by_the_webhooks_own_key_to_the_exchange_of_copies() -> None:
    channel = FakeChannel(None)
    before = missed()
    await publish(copying(channel))
    assert [("one.in", WEBHOOK.routing_key)] == channel.published
    assert before == missed()


async def test_what_is_said_of_a_webhook_is_what_its_own_publish_says() -> None:
    with pytest.raises(NotPublished):
        await publish(copying(FakeChannel(None)), well=False)

    before = missed()
    await publish(copying(FakeChannel(Failure.NACKED)))
    await publish(copying(None))
    assert before + 2 == missed()


async def test_missing_copies_are_told_once_until_one_is_made_again() -> None:
    made = copying(FakeChannel(Failure.NACKED, Failure.NACKED, None, None, Failure.LOST))
    with capture_logs() as lines:
        for _ in range(5):
            await publish(made)
    assert ["copies.missed", "copies.made_again", "copies.missed"] == [
        line["event"] for line in lines
    ]


async def test_after_a_copy_that_was_not_confirmed_in_time_no_webhook_waits_for_one() -> None:
    channel = FakeChannel(Failure.TIMEOUT)
    made = copying(channel)
    for _ in range(3):
        await publish(made)
    assert 1 == len(channel.published)


async def test_copies_of_a_new_app_wait_for_a_channel_that_has_what_it_needs() -> None:
    made = copying(FakeChannel())
    made._begun.set()
    made._doubted.clear()
    made.serve(["one", "two"])
    assert made._doubted.is_set()
    assert not made._begun.is_set()
    assert {"one.in", "two.in"} <= {exchange.name for exchange in made._upkeep._whole.exchanges}


async def test_the_apps_that_are_held_are_widened_for_copies_too() -> None:
    made = copying(FakeChannel())
    made.is_wanted = False
    upkeep = EntryUpkeep(["one"], verify_only=True)
    beside = Beside(["amqp://nowhere"], ["one"], NO_COPIES, 1.0, declares=False)
    beside.copying = made
    held = HeldApps(upkeep, Canary(["one"], cast("Any", None)), beside)
    widening = asyncio.create_task(held.widen(["one", "two"]))
    await asyncio.sleep(0)
    assert upkeep._wider is not None
    upkeep._wider.tell("")
    assert "" == await widening
    assert "two.in" in {exchange.name for exchange in made._upkeep._whole.exchanges}

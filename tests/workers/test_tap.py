"""A tap: what it is called, what it shows, and what it does where it cannot. The broker is fake."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest

from runtime.amqp.channels import KeptChannel
from schemas.given_names import MAX_NAME
from schemas.properties import ReceivedProperties
from schemas.webhook import Webhook
from workers.broker.listening import Heard, Listening
from workers.commands import tap as module
from workers.commands.tap import _Showing, _until
from workers.operate import tap as operate
from workers.operate.tap import tap_named
from workers.settings import Settings
from workers.tap_targets import ToNobody

SHOP = "a.example"
OTHER = "b.example"


class FakeHeard:
    """A copy that has come; `forgotten` tells which are done with."""

    def __init__(self, webhook_id: str, shop: str, topic: str, forgotten: list[str]) -> None:
        self.properties = ReceivedProperties(
            content_type="application/json",
            type=topic,
            app_id="app",
            headers={
                "webhook-id": webhook_id,
                "webhook-shop": shop,
                "webhook-received-ms": 1,
            },
        )
        self.body = b"{}"
        self._forgotten = forgotten

    async def forget(self) -> None:
        """Take note."""
        self._forgotten.append(self.properties.headers["webhook-id"])


class FakeListening:
    """Hears these, one after the other, and then ends what listens."""

    def __init__(self, stop: asyncio.Event) -> None:
        self.stop = stop
        self.forgotten: list[str] = []
        self.waited: list[float] = []
        self._heard: list[FakeHeard] = []

    def add(self, shop: str = SHOP, topic: str = "orders/create") -> None:
        """Have one more come."""
        number = len(self._heard) + 1
        self._heard.append(FakeHeard(f"w{number}", shop, topic, self.forgotten))

    async def next(self, seconds: float) -> Heard | None:
        """Return what comes next."""
        self.waited.append(seconds)
        if self._heard:
            return cast("Heard", self._heard.pop(0))
        self.stop.set()
        return None

    def end(self) -> None:
        """Take note."""


class Counting(ToNobody):
    """Counts what is handed on."""

    def __init__(self) -> None:
        self.taken = 0

    async def take(self, webhook: Webhook) -> str:
        """Take it."""
        self.taken += 1
        return await super().take(webhook)


@pytest.fixture
def listening(monkeypatch: pytest.MonkeyPatch) -> FakeListening:
    """What is listened at."""
    found = FakeListening(asyncio.Event())

    async def listen(*_: Any) -> Listening:
        return cast("Listening", found)

    @asynccontextmanager
    async def connected(*_: Any) -> AsyncIterator[None]:
        yield

    async def waiting(*_: Any) -> int:
        return 0

    monkeypatch.setattr(module, "listen", listen)
    monkeypatch.setattr(module, "connected", connected)
    monkeypatch.setattr(module, "waiting", waiting)
    monkeypatch.setattr(module, "AGAIN", 0.0)
    return found


async def shown(listening: FakeListening, target: ToNobody, shop: str | None = None) -> None:
    """Show what comes, until it ends."""
    showing = _Showing(tap_named("app", "orders/*", "ann"), target, shop)
    settings = Settings.model_construct(amqp_url=("amqp://x/",))
    async with asyncio.timeout(10):
        await _until(listening.stop, settings, showing)


class Broken:
    """A stream whose reader has gone, or whose disk is full."""

    def write(self, _: str) -> int:
        """Fail."""
        raise BrokenPipeError

    def flush(self) -> None:
        """Have nothing to write."""


async def test_where_a_line_cannot_be_printed_it_ends_and_hands_on_nothing_more(
    listening: FakeListening, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = Counting()
    listening.add()
    listening.add()
    monkeypatch.setattr("sys.stdout", Broken())
    with pytest.raises(module.UnshownError):
        await shown(listening, target)
    assert (1, []) == (target.taken, listening.forgotten)


async def test_what_a_command_raises_then_is_what_the_stream_has_raised(
    listening: FakeListening, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: Any) -> None:
        raise module.UnshownError(BrokenPipeError())

    monkeypatch.setattr(module, "_until", failing)
    arguments = type("Arguments", (), {"topic": "*/*", "name": None, "shop": None, "to": None})
    settings = Settings.model_construct(app="app")
    with pytest.raises(BrokenPipeError):
        await module.tap(cast("Any", arguments), settings)


async def test_others_webhooks_are_passed_over_and_told_as_such(
    listening: FakeListening,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    now = [100.0]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    target = Counting()
    listening.add()
    listening.add(shop=OTHER)
    listening.add(topic="carts/update")

    async def hear(seconds: float) -> Heard | None:
        now[0] += 6
        return await FakeListening.next(listening, seconds)

    monkeypatch.setattr(listening, "next", hear)
    await shown(listening, target, SHOP)
    assert (1, ["w1", "w2", "w3"]) == (target.taken, listening.forgotten)

    # It is 12 s since a line was printed, though something came all the time.
    told = capsys.readouterr()
    assert "alive: 1 came, 2 passed over, 0 wait" in told.err
    assert [10, 10, 4, 10] == listening.waited
    assert 1 == len(told.out.splitlines())


async def test_whatever_it_asks_the_broker_it_asks_on_one_channel(
    listening: FakeListening, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_on: list[KeptChannel] = []

    async def waiting(kept: KeptChannel, *_: Any) -> int:
        asked_on.append(kept)
        return 0

    async def listen(_: Any, kept: KeptChannel, *__: Any) -> Listening:
        asked_on.append(kept)
        return cast("Listening", listening)

    monkeypatch.setattr(module, "waiting", waiting)
    monkeypatch.setattr(module, "listen", listen)
    monkeypatch.setattr(module, "SIGN_OF_LIFE", 0.0)
    listening.add()
    listening.add()
    await shown(listening, ToNobody())
    assert 4 == len(asked_on)
    assert 1 == len(set(asked_on))


def test_an_operator_has_a_tap_for_each_thing_that_he_asks_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(operate, "this_operator", lambda: f"ann@{'long-host-' * 9}x")

    def name(topic: str = "orders/*", **more: Any) -> str:
        return tap_named("app", topic, **more).name

    names = [
        name(),
        name("orders/create"),
        name("*/*"),
        name(shop=SHOP),
        name(shop=OTHER),
        name(to="consumers:erp"),
        name(shop=SHOP, to="consumers:erp"),
    ]
    assert len(set(names)) == len(names)
    assert name(shop=SHOP) == name(shop=SHOP)
    assert all(len(one) <= MAX_NAME for one in names)

    monkeypatch.setattr(operate, "this_operator", lambda: f"ann@{'long-host-' * 9}y")
    assert name() not in names
    assert "ann" == name(name="ann", shop=SHOP)

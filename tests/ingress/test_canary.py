"""Whether a webhook of each app would be stored now: by a recent confirm, or by a canary's."""

import asyncio

import pytest

from ingress import canary
from ingress.canary import Canary


class Flights:
    """Publishes canaries: answers as it is told, or not before it may."""

    def __init__(self) -> None:
        self.published: list[str] = []
        self.reasons: dict[str, str] = {}
        self.may_land = asyncio.Event()
        self.may_land.set()

    async def publish(self, app: str) -> str:
        """Return why the canary was not stored."""
        self.published.append(app)
        await self.may_land.wait()
        return self.reasons.get(app, "")


@pytest.fixture
def flights() -> Flights:
    """All canaries are stored."""
    return Flights()


async def test_before_any_confirm_a_canary_of_each_app_proves_it(flights: Flights) -> None:
    assert "" == await Canary(["one", "two"], flights.publish).why_not_ready()
    assert ["one", "two"] == flights.published


async def test_a_recent_confirm_needs_no_canary(flights: Flights) -> None:
    probed = Canary(["one", "two"], flights.publish)
    probed.note_confirm("one")
    assert "" == await probed.why_not_ready()
    assert ["two"] == flights.published


async def test_an_old_confirm_proves_nothing_any_more(
    flights: Flights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(canary, "FRESH", 0.0)
    probed = Canary(["one"], flights.publish)
    confirmed_at = probed.note_confirm("one")
    monkeypatch.setattr(canary, "monotonic", lambda: confirmed_at + 0.001)
    assert "" == await probed.why_not_ready()
    assert ["one"] == flights.published


async def test_each_app_whose_canary_is_not_stored_is_named_with_the_reason(
    flights: Flights,
) -> None:
    flights.reasons = {"one": "returned", "three": "nacked"}
    probed = Canary(["one", "two", "three"], flights.publish)
    assert "returned (one), nacked (three)" == await probed.why_not_ready()


async def test_probes_at_once_share_a_canary_and_one_that_is_late_is_told(
    flights: Flights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(canary, "CANARY_TIMEOUT", 0.01)
    flights.may_land.clear()
    probed = Canary(["one"], flights.publish)
    first, second = await asyncio.gather(probed.why_not_ready(), probed.why_not_ready())
    assert "timeout (one)" == first == second
    assert ["one"] == flights.published

    flights.may_land.set()
    assert "" == await probed.why_not_ready()


async def test_an_app_that_is_gone_needs_no_proof_and_a_late_confirm_brings_none_back(
    flights: Flights, monkeypatch: pytest.MonkeyPatch
) -> None:
    probed = Canary(["one", "two"], flights.publish)
    probed.note_confirm("one")
    probed.serve(["one", "three"])
    probed.note_confirm("two")
    assert "" == await probed.why_not_ready()
    assert ["three"] == flights.published
    monkeypatch.setattr(canary, "FRESH", 0.0)
    assert "" == await probed.why_not_ready()
    assert "two" not in flights.published

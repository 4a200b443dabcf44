"""Which versions of the topology stop a start. The broker's answers are fake."""

import dataclasses
from typing import Any, cast

import pytest

from runtime.amqp.channels import KeptChannel
from runtime.amqp.declare import MISSING, TopologyDiffersError
from schemas.control import ControlState
from schemas.names import first_edition_queue
from schemas.topology import VERSION, rungs
from workers.broker import version
from workers.broker.version import check_version

KEPT = cast("KeptChannel", None)


def answers(
    monkeypatch: pytest.MonkeyPatch, *, has_catalogue: bool = False, found: str = MISSING
) -> None:
    """Have the broker hold the first edition's catalogue, and every rung be found so."""

    async def exists(_: Any, __: str) -> bool:
        return has_catalogue

    async def difference(_: Any, __: Any) -> str:
        return found

    monkeypatch.setattr(version, "exists", exists)
    monkeypatch.setattr(version, "difference", difference)


def written(number: int | None) -> ControlState:
    """Return a control log that says this version."""
    return dataclasses.replace(ControlState(), topology=number)


async def test_our_own_version_starts_and_asks_the_broker_nothing() -> None:
    await check_version(KEPT, "app", written(VERSION))


@pytest.mark.parametrize(
    ("number", "way_out"),
    [(VERSION + 1, "update Hookline here"), (VERSION - 1, "move over as deploy/UPGRADING.md says")],
    ids=["newer", "older"],
)
async def test_another_version_stops_the_start_and_names_the_way_out(
    number: int, way_out: str
) -> None:
    with pytest.raises(TopologyDiffersError, match=f"version {number}.*{way_out}"):
        await check_version(KEPT, "app", written(number))


@pytest.mark.parametrize("state", [None, written(None)], ids=["no log", "a log without a version"])
async def test_a_broker_without_anything_of_ours_starts(
    monkeypatch: pytest.MonkeyPatch, state: ControlState | None
) -> None:
    answers(monkeypatch)
    await check_version(KEPT, "app", state)


async def test_the_first_editions_catalogue_stops_the_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers(monkeypatch, has_catalogue=True)
    with pytest.raises(TopologyDiffersError, match=first_edition_queue("app")):
        await check_version(KEPT, "app", None)


async def test_a_rung_with_other_arguments_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, found="x-message-ttl is another")
    with pytest.raises(TopologyDiffersError, match=rungs("app").queues[0].name):
        await check_version(KEPT, "app", None)

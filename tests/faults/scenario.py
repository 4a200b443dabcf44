"""What a scenario is, and the list of all of them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from tests.faults.stage import Stage

Act: TypeAlias = Callable[["Stage"], Awaitable[None]]
"""Breaks something, and mends it where nobody else does."""


@dataclass(frozen=True)
class Scenario:
    """What is broken, and under what.

    `mix` is the work that the webhooks ask for, and `through` names who gets a bad link.
    `deployments` are consumers that run apart, as two teams would run them: each has to handle
    everything. `begins_as` is a commit of ours, whose version all processes begin as. `finds`
    asserts what is particular to the scenario.
    """

    name: str
    act: Act
    mix: tuple[str, ...] = ("done",)
    workers: int = 1
    deployments: tuple[str, ...] = ("ledger",)
    shops: int = 1
    nodes: int = 1
    through: tuple[str, ...] = ()
    begins_as: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    finds: Callable[["Stage"], None] = lambda stage: None


SCENARIOS: dict[str, Scenario] = {}


def scenario(name: str, **options: object) -> Callable[[Act], Act]:
    """Enter a scenario in the list."""

    def enter(act: Act) -> Act:
        SCENARIOS[name] = Scenario(name, act, **options)  # type: ignore[arg-type]
        return act

    return enter

"""What the suite runs on: a Python and a RabbitMQ make a leg. Which there are, and which of them
are chosen.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
"""The versions of Python that the suite is to pass on."""
BROKERS = ("3.10", "4.0", "4.3")
"""The versions of RabbitMQ that the suite is to pass on."""


def minor(version: str) -> str:
    """Return the first two numbers of a version."""
    return ".".join(version.split(".")[:2])


@dataclass(frozen=True, slots=True)
class Python:
    """An interpreter: at a path of this machine, or in a Debian of some suite; or none, and
    `absent` says why.
    """

    version: str
    path: Path | None = None
    suite: str = ""
    absent: str = ""


@dataclass(frozen=True, slots=True)
class Broker:
    """A RabbitMQ: installed, a tree with its own start script, or one to be laid out from a Debian
    suite; or none.
    """

    version: str
    script: Path | None = None
    suite: str = ""
    absent: str = ""

    @property
    def is_installed(self) -> bool:
        """Whether it is the system's own, which only the system's own programs can start."""
        return not (self.script or self.suite or self.absent)


@dataclass(frozen=True, slots=True)
class Leg:
    """One run of the suite."""

    python: Python
    broker: Broker

    @property
    def why_not(self) -> str:
        """Why it cannot be run here, and what would make it run; empty where it can."""
        if self.python.absent or self.broker.absent:
            return self.python.absent or self.broker.absent
        if self.python.suite and self.broker.is_installed:
            advice = f"install Python {self.python.version} here"
            return f"the installed RabbitMQ is out of reach in a Debian root: {advice}"
        return ""


def choose(
    pythons: Sequence[Python],
    brokers: Sequence[Broker],
    *,
    only_pythons: Collection[str] = (),
    only_brokers: Collection[str] = (),
    every: bool = False,
) -> list[Leg]:
    """Return the legs to run; the first of each sequence is the local one, and so is the first leg.

    Each Python goes with the first RabbitMQ that it can start, each RabbitMQ with the local Python.
    All pairs are taken with `every`, and where both kinds are chosen by their two-number versions.
    """
    with_pythons = [
        one for one in pythons if not only_pythons or minor(one.version) in only_pythons
    ]
    with_brokers = [
        one for one in brokers if not only_brokers or minor(one.version) in only_brokers
    ]
    if every or (only_pythons and only_brokers):
        return [Leg(*pair) for pair in product(with_pythons, with_brokers)]

    legs: list[Leg] = []
    if not only_brokers:
        legs += [_with_first(python, brokers) for python in with_pythons]
    if not only_pythons:
        legs += [Leg(pythons[0], broker) for broker in with_brokers]
    return list(dict.fromkeys(legs))


def _with_first(python: Python, brokers: Sequence[Broker]) -> Leg:
    legs = [Leg(python, broker) for broker in brokers]
    return next((leg for leg in legs if not leg.why_not), legs[0])

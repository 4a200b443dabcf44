"""What the tests post, and what they publish past our own clients."""

from pathlib import Path

from aiormq import spec
from hypothesis import HealthCheck, settings

SECRET = "hush"
SHOP = "johns-apparel.spiffystores.com"
BODIES = Path(__file__).parents[2] / "examples/bodies"
ORDER = (BODIES / "order.json").read_bytes()


def always_the_same(count: int) -> settings:
    """Return how so many examples are drawn that are the same in each run."""
    return settings(
        derandomize=True,
        database=None,
        max_examples=count,
        deadline=None,
        suppress_health_check=[*HealthCheck],
    )


class Raw(spec.Basic.Properties):
    """Properties as bytes, so that they can be what no client of ours writes."""

    __slots__ = ("raw",)

    def __init__(self, raw: bytes) -> None:
        super().__init__()
        self.raw = raw

    def marshal(self) -> bytes:
        """Return the bytes."""
        return self.raw

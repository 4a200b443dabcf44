"""What the tests post, and what they publish past our own clients."""

from pathlib import Path

from aiormq import spec

SECRET = "hush"
SHOP = "johns-apparel.spiffystores.com"
BODIES = Path(__file__).parents[2] / "examples/bodies"
ORDER = (BODIES / "order.json").read_bytes()


class Raw(spec.Basic.Properties):
    """Properties as bytes, so that they can be what no client of ours writes."""

    __slots__ = ("raw",)

    def __init__(self, raw: bytes) -> None:
        super().__init__()
        self.raw = raw

    def marshal(self) -> bytes:
        """Return the bytes."""
        return self.raw

"""The order of what is held, whatever lies where."""

from types import SimpleNamespace
from typing import Any

import pytest

from workers.broker.held_order import in_order


def held(origin: str, place: int, turn: int = 1) -> Any:
    """Return a held copy: of which message it is, where it stands, the how manieth it is."""
    return SimpleNamespace(
        headers={
            "webhook-held-of": origin,
            "webhook-held-place": place,
            "webhook-held-turn": turn,
        }
    )


STRANGE = SimpleNamespace(headers={"webhook-held-of": "x"})


@pytest.mark.parametrize(
    ("lying", "kept", "superfluous"),
    [
        ([], [], []),
        ([held("b", 2), held("c", 3), held("a", 1, turn=2)], [2, 0, 1], []),
        ([held("a", 1), held("b", 2), held("a", 1, turn=2)], [2, 1], [0]),
        ([held("a", 1, turn=3), held("a", 1, turn=2)], [0], [1]),
        ([held("a", 4), STRANGE, STRANGE], [1, 2, 0], []),
    ],
    ids=["nothing", "a second attempt lies last", "not yet forgotten", "comes back", "strangers"],
)
def test_places_are_the_order_and_the_last_copy_counts(
    lying: list[Any], kept: list[int], superfluous: list[int]
) -> None:
    assert (kept, superfluous) == in_order(lying)

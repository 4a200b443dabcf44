"""Which consumers a worker runs: what is asked for, and never silently nothing."""

from collections.abc import Collection

import pytest

from workers import Delivery, consumer
from workers.consumer import BadConsumer
from workers.selection import select


@consumer("orders/create", "carts/*", concurrency=3)
async def erp(delivery: Delivery[bytes]) -> None:
    """Take orders and carts."""


@consumer("orders/create", "orders/paid")
async def mail(delivery: Delivery[bytes]) -> None:
    """Take orders."""


@pytest.mark.parametrize(
    ("names", "topics", "selected"),
    [
        ((), (), {"erp": ("orders/create", "carts/*"), "mail": ("orders/create", "orders/paid")}),
        (("erp",), (), {"erp": ("orders/create", "carts/*")}),
        ((), ("carts/*",), {"erp": ("carts/*",)}),
        ((), ("orders/create",), {"erp": ("orders/create",), "mail": ("orders/create",)}),
        (("mail",), ("orders/create", "carts/*"), {"mail": ("orders/create",)}),
    ],
)
def test_those_that_are_asked_for_run_with_the_topics_that_are_asked_for(
    names: Collection[str], topics: Collection[str], selected: dict[str, tuple[str, ...]]
) -> None:
    assert selected == {
        one.name: one.topics for one in select((erp, mail), names=names, topics=topics)
    }


@pytest.mark.parametrize(
    ("names", "topics", "told"),
    [
        (("nobody",), (), r"nobody; there are: erp \(orders/create carts/\*\), mail"),
        ((), ("carts/update",), r"carts/update; there are"),
        (
            ("mail",),
            ("carts/*",),
            r"no consumer of these takes one of these topics; there are: erp",
        ),
    ],
)
def test_a_selection_that_leaves_nothing_to_run_is_refused(
    names: Collection[str], topics: Collection[str], told: str
) -> None:
    with pytest.raises(BadConsumer, match=told):
        select((erp, mail), names=names, topics=topics)


@pytest.mark.parametrize(("given", "used"), [(None, [3, 16]), (7, [7, 7])])
def test_a_concurrency_that_is_given_is_for_all(given: int | None, used: list[int]) -> None:
    assert used == [one.concurrency for one in select((erp, mail), concurrency=given)]

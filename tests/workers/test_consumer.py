"""Making consumers, and finding them."""

import sys
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import AfterValidator

from schemas.payloads import Order
from schemas.webhook import Webhook
from workers import Consumer, Delivery, RetryPolicy, consumer
from workers.consumer import BadConsumer, load
from workers.testing import webhook


@consumer("orders/create", "orders/*", concurrency=3, timeout=7)
async def erp(delivery: Delivery[Order]) -> str:
    """Handle an order."""
    return f"{delivery.payload.name}, attempt {delivery.attempt}"


def test_a_consumer_is_named_after_its_function_and_owns_a_queue_a_topic() -> None:
    assert ("erp", 3, 7, Order) == (erp.name, erp.concurrency, erp.timeout, erp.payload)
    assert ["spiffy.erp.orders.create", "spiffy.erp.orders._any"] == [queue.name for queue in erp.queues("spiffy")]


async def test_a_consumer_can_still_be_called() -> None:
    order = Order.model_validate({"id": 1, "name": "#1"})
    assert await erp(Delivery(webhook("orders/create", {}), order, 2)) == "#1, attempt 2"


def test_a_consumer_is_frozen() -> None:
    with pytest.raises(AttributeError):
        erp.timeout = 9  # type: ignore[misc]


BODY = webhook("orders/create", b'{"id": 327475578523353102}')


async def raw(delivery: Delivery[bytes]) -> None:
    """Take bytes."""


async def plain(delivery: Delivery[dict]) -> None:  # type: ignore[type-arg]
    """Take a dict."""


async def typed_dict(delivery: "Delivery[dict[str, int]]") -> None:
    """Take a dict with types, named in a string."""


async def order(delivery: Delivery[Order]) -> None:
    """Take a model."""


async def annotated(
    delivery: Annotated[Delivery[Annotated[Order, AfterValidator(lambda order: order.id)]], "ours"],
) -> None:
    """Take what a validator of the author's own makes of a model."""


async def measured(delivery: Delivery[Annotated[bytes, AfterValidator(len)]]) -> None:
    """Take what one makes of the bytes."""


@pytest.mark.parametrize(
    ("handler", "payload"),
    [
        (raw, BODY.body),
        (measured, len(BODY.body)),
        (annotated, 327475578523353102),
        (plain, {"id": 327475578523353102}),
        (typed_dict, {"id": 327475578523353102}),
        (order, Order(id=327475578523353102)),
    ],
)
def test_the_payload_is_what_the_annotation_says(handler: Any, payload: Any) -> None:
    assert payload == consumer("orders/create")(handler).decode(BODY)


async def no_annotation(delivery):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Say nothing."""


async def not_a_delivery(delivery: Webhook) -> None:
    """Ask for something else."""


async def two_arguments(delivery: Delivery[bytes], more: int) -> None:
    """Ask for more."""


async def unknown_type(delivery: "Delivery[Nowhere]") -> None:  # type: ignore[name-defined]  # noqa: F821
    """Ask for what is not there."""


@pytest.mark.parametrize("handler", [no_annotation, not_a_delivery, two_arguments, unknown_type])
def test_a_handler_whose_payload_is_unknown_is_refused_by_name(handler: Any) -> None:
    with pytest.raises(BadConsumer, match=rf"consumer '{handler.__name__}'.*Delivery\[Order\]"):
        consumer("orders/create")(handler)


@pytest.mark.parametrize(
    ("topics", "options", "advice"),
    [
        ((), {}, "name at least one topic"),
        (("orders",), {}, "is no topic"),
        (("orders/create", "orders/create"), {}, "named twice"),
        (("orders/create",), {"name": "dead"}, "taken by Hookline"),
        (("orders/create",), {"name": "Erp"}, "a-z"),
        (("orders/create",), {"concurrency": 0}, "concurrency"),
        (("orders/create",), {"concurrency": 70_000}, "concurrency"),
        (("orders/create",), {"timeout": 0}, "timeout"),
    ],
)
def test_a_wrong_option_is_refused_with_advice(topics: tuple[str, ...], options: dict[str, Any], advice: str) -> None:
    with pytest.raises(BadConsumer, match=advice):
        consumer(*topics, **options)(raw)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in an empty folder; modules loaded from it are forgotten."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    for name in ("authors", "others"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return tmp_path


HANDLER = """
from workers import Delivery, consumer
@consumer("orders/create"{options})
async def erp(delivery: Delivery[bytes]) -> None: ...
"""


def test_the_consumers_of_a_module_are_those_it_holds(here: Path) -> None:
    (here / "authors.py").write_text(HANDLER.format(options="") + "alias = erp\n")
    (found,) = load(["authors"])
    assert isinstance(found, Consumer)
    assert (found.name, found.retry) == ("erp", RetryPolicy())
    assert sys.path[-1] == ""


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("x = 1", "holds no consumer"),
        ("import nowhere_to_be_found", "ModuleNotFoundError.*nowhere_to_be_found"),
        ("1/0", "ZeroDivisionError"),
        (HANDLER.format(options=", timeout=0"), "timeout"),
        (HANDLER.format(options="").replace("...", "yield"), "does not yield"),
    ],
)
def test_a_module_that_cannot_be_used_says_why(here: Path, text: str, advice: str) -> None:
    (here / "authors.py").write_text(text)
    with pytest.raises(BadConsumer, match=advice):
        load(["authors"])


def test_two_consumers_of_one_name_are_refused(here: Path) -> None:
    (here / "authors.py").write_text(HANDLER.format(options=""))
    (here / "others.py").write_text(HANDLER.format(options=""))
    with pytest.raises(BadConsumer, match="two consumers are called 'erp'"):
        load(["authors", "others"])


def test_without_a_module_installed_packages_offer_theirs(here: Path) -> None:
    (here / "authors.py").write_text(HANDLER.format(options=""))
    offered = here / "shop-1.dist-info"
    offered.mkdir()
    (offered / "METADATA").write_text("Metadata-Version: 2.1\nName: shop\nVersion: 1\n")
    (offered / "entry_points.txt").write_text("[hookline.consumers]\nshop = authors\n")
    sys.path.append(str(here))
    assert ["erp"] == [one.name for one in load([])]

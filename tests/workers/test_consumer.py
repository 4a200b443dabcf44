"""Making consumers: whatever the decorator takes works for the first webhook; what cannot is
refused with advice.
"""

from collections.abc import Callable
from functools import partial, update_wrapper, wraps
from typing import TYPE_CHECKING, Annotated, Any, Generic, NamedTuple, TypeVar

import pytest
from pydantic import AfterValidator, BaseModel
from pydantic.v1 import BaseModel as Version1
from tenacity import AsyncRetrying, stop_after_attempt, wait_fixed

from schemas.payloads import Order
from schemas.webhook import Webhook
from workers import Delivery, RetryPolicy, consumer
from workers.consumer import BadConsumer
from workers.outcome import Done
from workers.testing import deliver, webhook

if TYPE_CHECKING:
    from decimal import Decimal


@consumer("orders/create", "carts/*", concurrency=3, timeout=7)
async def erp(delivery: Delivery[Order]) -> str:
    """Handle an order."""
    return f"{delivery.payload.name}, attempt {delivery.attempt}"


def test_a_consumer_is_named_after_its_function_and_owns_a_queue_a_topic() -> None:
    assert "erp" == erp.name
    assert 3 == erp.concurrency
    assert 7 == erp.timeout
    assert Order is erp.payload
    assert ["spiffy.erp.orders.create", "spiffy.erp.carts._any"] == [
        queue.name for queue in erp.queues("spiffy")
    ]


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


class Service:
    """Holds handlers in every way that a class can."""

    def __init__(self, seen: list[Any]) -> None:
        self.seen = seen

    async def method(self, delivery: Delivery[bytes]) -> None:
        """Handle as a bound method."""
        self.seen.append(delivery.payload)

    async def __call__(self, delivery: Delivery[bytes]) -> None:
        """Handle as an object that can be called."""
        await self.method(delivery)

    @staticmethod
    async def static(delivery: Delivery[bytes], seen: Any = None) -> None:
        """Handle without the object."""
        (SEEN if seen is None else seen).append(delivery.payload)


SEEN: list[Any] = []
SERVICE = Service(SEEN)


async def with_client(client: list[Any], delivery: Delivery[bytes]) -> None:
    """Handle with a client that partial gives it."""
    client.append(delivery.payload)


async def with_default(
    delivery: Delivery[bytes], client: "Decimal | None" = None, *more: int, **options: int
) -> None:
    """Handle, taking more than a worker gives; the annotation of the rest is nobody's business."""
    SEEN.append(delivery.payload)


def traced(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a handler as decorators do."""

    @wraps(handler)
    async def wrapper(*arguments: Any) -> Any:
        return await handler(*arguments)

    return wrapper


@traced
async def wrapped(delivery: Delivery[bytes]) -> None:
    """Handle behind a decorator of the author's own."""
    SEEN.append(delivery.payload)


@pytest.mark.parametrize(
    "handler",
    [
        SERVICE,
        SERVICE.method,
        Service.static,
        vars(Service)["static"],
        partial(with_client, SEEN),
        with_default,
        wrapped,
    ],
    ids=[
        "object",
        "method",
        "static",
        "the static method itself",
        "partial",
        "defaults",
        "wrapped",
    ],
)
async def test_whatever_can_be_called_with_a_delivery_is_a_handler_and_runs_where_it_should(
    handler: Any,
) -> None:
    SEEN.clear()
    made = consumer("orders/create", name="any")(handler)
    assert made.is_async
    assert await deliver(made, BODY) == Done()
    assert [BODY.body] == SEEN


ELSEWHERE = """
from workers import Delivery
Own = dict
async def handler(delivery: "Delivery[Own]"): ...
"""


class Counted:
    """A decorator as a class: an object that stands for the handler."""

    def __init__(self, handler: Callable[..., Any]) -> None:
        update_wrapper(self, handler)

    def __call__(self, *arguments: Any) -> Any:
        """Handle."""


def test_an_annotation_is_read_where_the_handler_stands_and_not_where_its_decorator_does() -> None:
    names: dict[str, Any] = {}
    exec(ELSEWHERE, names)  # noqa: S102 - another module
    handler = Counted(names["handler"])
    made = consumer("orders/create")(handler)
    assert ("handler", names["Own"]) == (made.name, made.payload)


async def no_annotation(delivery):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Say nothing."""


async def not_a_delivery(delivery: Webhook) -> None:
    """Ask for something else."""


async def two_arguments(delivery: Delivery[bytes], more: int) -> None:
    """Ask for more."""


async def no_argument() -> None:
    """Ask for nothing."""


async def unknown_type(delivery: "Delivery[Nowhere]") -> None:  # type: ignore[name-defined]  # noqa: F821
    """Ask for what is not there."""


async def not_python(delivery: Any) -> None:
    """Ask in a string that is not Python."""


not_python.__annotations__["delivery"] = "Delivery["


async def type_checking_only(delivery: "Delivery[Decimal]") -> None:
    """Ask for what is there for type checkers only."""


async def alone(delivery: Delivery) -> None:  # type: ignore[type-arg]
    """Do not say of what."""


async def optional(delivery: Delivery[Order] | None) -> None:
    """Ask for a delivery or none."""


async def keyword_only(*, delivery: Delivery[bytes]) -> None:
    """Ask for it by name."""


async def keywords(**delivery: Delivery[bytes]) -> None:
    """Ask for anything by name."""


async def positionals(*deliveries: Delivery[bytes]) -> None:
    """Ask for any number of them."""


async def keyword_besides(delivery: Delivery[bytes], *, client: int) -> None:
    """Ask for something besides, by name."""


class Methods:
    """Has a handler that still wants its object."""

    async def method(self, delivery: Delivery[bytes]) -> None:
        """Handle with an object that nobody gives."""


SHAPES = [
    no_annotation,
    not_a_delivery,
    two_arguments,
    no_argument,
    unknown_type,
    not_python,
    type_checking_only,
    alone,
    optional,
    keyword_only,
    keywords,
    positionals,
    keyword_besides,
    Methods.method,
]


@pytest.mark.parametrize("handler", SHAPES)
def test_a_handler_whose_payload_is_unknown_is_refused_by_name(handler: Any) -> None:
    with pytest.raises(BadConsumer, match=rf"consumer '{handler.__name__}'.*Delivery\[Order\]"):
        consumer("orders/create")(handler)


class Dataclass(NamedTuple):
    """A class whose making would look like handling."""

    delivery: Delivery[bytes]


def generator(delivery: Delivery[bytes]) -> Any:
    """Yield."""
    yield delivery


class Yields:
    """An object that yields when it is called."""

    async def __call__(self, delivery: Delivery[bytes]) -> Any:
        """Yield."""
        yield delivery


@pytest.mark.parametrize(
    ("handler", "advice"),
    [
        (Dataclass, "a class is no handler"),
        (erp, "consumer 'erp'.*is a consumer already.*name all topics in one"),
        (classmethod(raw), "static method"),  # type: ignore[arg-type]
        (generator, "does not yield"),
        (Yields(), "does not yield"),
        (lambda delivery: None, "has no name.*name="),
        (SERVICE, "has no name.*name="),
        (5, "cannot be called"),
    ],
)
def test_what_is_no_handler_is_refused_with_advice(handler: Any, advice: str) -> None:
    with pytest.raises(BadConsumer, match=advice):
        consumer("orders/create")(handler)


@pytest.mark.parametrize(
    "handler", [raw, erp, Service, SERVICE, vars(Service)["static"], partial(raw)]
)
def test_consumer_without_parentheses_is_refused_where_it_stands(handler: Any) -> None:
    with pytest.raises(BadConsumer, match=r'@consumer\("orders/create"\)'):
        consumer(handler)


class Old(Version1):
    """A model of pydantic's first version."""

    id: int


class Unfinished(BaseModel):
    """A model that names what is nowhere."""

    lines: list["Line"]  # type: ignore[name-defined]  # noqa: F821


class Plain:
    """A class that pydantic knows nothing of."""


class Validated:
    """A type that validates as those of pydantic's first version did."""

    @classmethod
    def __get_validators__(cls) -> Any:
        yield cls.check

    @classmethod
    def check(cls, value: Any) -> Any:
        """Take one argument, where pydantic gives two."""


@pytest.mark.parametrize(
    ("payload", "advice"),
    [
        (Old, "Old is a model of pydantic v1.*version 2"),
        (list[Old], r"Old \(in list.*\) is a model of pydantic v1"),
        (dict[str, Old | None], r"Old \(in dict.*\) is a model of pydantic v1"),
        (Annotated[Old, "ours"], r"Old .*is a model of pydantic v1"),
        (Validated, "Validated is a model of pydantic v1"),
        (Unfinished, "'Line', which is not there yet"),
        (Plain, "cannot validate a Plain"),
        (str, "no body is ever a str.*Delivery.bytes."),
        (int | str | None, "no body is ever a"),
        (Annotated[str, AfterValidator(str.upper)], "no body is ever a"),
        (None, "no body is ever a"),
        (bytearray, "cannot validate a bytearray"),
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore:.*V1 models:UserWarning", "ignore:.*__get_validators__")
def test_a_payload_type_that_every_body_would_fail_is_refused(payload: Any, advice: str) -> None:
    async def handler(delivery: Any) -> None:
        """Take it."""

    handler.__annotations__["delivery"] = Delivery[payload]
    with pytest.raises(BadConsumer, match=f"consumer 'handler'.*{advice}"):
        consumer("orders/create")(handler)


T = TypeVar("T")


class Wrapped(BaseModel, Generic[T]):
    """A generic model."""

    id: T


class Tree(BaseModel):
    """A model that names itself."""

    id: int
    branches: list["Tree"] = []


@pytest.mark.parametrize(
    "payload",
    [Any, object, dict[str, Any], int | dict[str, int], Wrapped[int], Tree, Order | list[Order]],
    ids=str,
)
async def test_a_payload_type_that_a_body_may_fit_is_taken(payload: Any) -> None:
    async def handler(delivery: Any) -> None:
        """Take it."""

    handler.__annotations__["delivery"] = Delivery[payload]
    assert await deliver(consumer("orders/create")(handler), BODY) == Done()


def test_a_model_is_whole_before_the_first_webhook_comes() -> None:
    class LateOrder(Order):
        """Built when it is first needed, as all of our own are."""

    async def handler(delivery: Delivery[LateOrder]) -> None:
        pass

    assert not LateOrder.__pydantic_complete__
    consumer("orders/create")(handler)
    assert LateOrder.__pydantic_complete__


@pytest.mark.parametrize(
    ("topics", "options", "advice"),
    [
        ((), {}, "name at least one topic"),
        (("orders",), {}, "is no topic"),
        ((["orders/create"],), {}, "one by one"),
        ((("orders/create", "orders/paid"),), {}, "one by one"),
        ((b"orders/create",), {}, "is text.*no bytes"),
        ((None,), {}, "is text"),
        (("orders/create", "orders/create"), {}, "named twice"),
        (("orders/create", "orders.create"), {}, "named twice"),
        (("orders/*", "orders/create"), {}, r"orders/\* and orders/create overlap"),
        (("orders/create", "carts/update", "*/*"), {}, r"orders/create and \*/\* overlap"),
        (("orders/*", "*/*"), {}, "overlap"),
        (("orders/create",), {"name": "dead"}, "taken by Hookline"),
        (("orders/create",), {"name": "Erp"}, "a-z"),
        (("orders/create",), {"name": ""}, "no name"),
        (("orders/create",), {"name": 5}, "a name is text"),
        (("orders/create",), {"concurrency": 0}, "concurrency"),
        (("orders/create",), {"concurrency": 70_000}, "concurrency"),
        (("orders/create",), {"concurrency": 4 / 2}, "concurrency is a whole number.*2.0"),
        (("orders/create",), {"concurrency": True}, "concurrency"),
        (("orders/create",), {"concurrency": "4"}, "concurrency"),
        (("orders/create",), {"concurrency": None}, "concurrency"),
        (("orders/create",), {"timeout": 0}, "timeout"),
        (("orders/create",), {"timeout": None}, "timeout is a number of seconds.*None"),
        (("orders/create",), {"timeout": "30"}, "timeout"),
        (("orders/create",), {"timeout": True}, "timeout"),
        (("orders/create",), {"timeout": float("nan")}, "timeout"),
        (("orders/create",), {"timeout": float("inf")}, "timeout"),
        (("orders/create",), {"timeout": 10**400}, "timeout"),
        (("orders/create",), {"max_age": 0}, "max_age is the number of seconds.*not 0"),
        (("orders/create",), {"max_age": float("inf")}, "or None for no such time"),
        (("orders/create",), {"max_age": True}, "max_age"),
        (("orders/create",), {"max_age": "1h"}, "max_age.*'1h'"),
        (
            ("orders/create",),
            {"rate": "60"},
            "a rate is so many attempts in a time.*'60' is no rate",
        ),
        (("orders/create",), {"rate": 60}, "write 10/s"),
        (("orders/create",), {"per_shop": 0}, "per_shop is how many webhooks of one shop.*not 0"),
        (("orders/create",), {"per_shop": True}, "per_shop"),
        (("orders/create",), {"per_shop_rate": "1/w"}, "no rate"),
        (("orders/create",), {"speed": 3}, "there is no option speed; there are concurrency,"),
        (("orders/create",), {"retry": 3}, r"stop_after_attempt\(3\)"),
        (("orders/create",), {"retry": 0}, "stop_after_attempt"),
        (("orders/create",), {"retry": False}, "RetryPolicy"),
        (("orders/create",), {"retry": stop_after_attempt(3)}, r"RetryPolicy\(stop=…\)"),
        (("orders/create",), {"retry": wait_fixed(3)}, r"RetryPolicy\(wait=…\)"),
        (("orders/create",), {"retry": ValueError}, "retry_if_exception_type"),
        (("orders/create",), {"retry": AsyncRetrying()}, "what is in this"),
        (("orders/create",), {"retry": RetryPolicy}, "RetryPolicy"),
    ],
)
def test_a_wrong_option_is_refused_with_advice(
    topics: tuple[Any, ...], options: dict[str, Any], advice: str
) -> None:
    with pytest.raises(BadConsumer, match=f"(?s)consumer .*{advice}"):
        consumer(*topics, **options)(raw)


def test_topics_that_no_webhook_is_both_of_are_taken() -> None:
    made = consumer("orders/create", "orders/updated", "carts/*")(raw)
    assert ("orders/create", "orders/updated", "carts/*") == made.topics


def test_partitions_divide_each_topics_queue() -> None:
    @consumer("orders/create", "carts/*", partitions=2)
    async def divided(delivery: Delivery[bytes]) -> None:
        """Take bytes."""

    assert [
        "spiffy.divided.orders.create.p0",
        "spiffy.divided.orders.create.p1",
        "spiffy.divided.carts._any.p0",
        "spiffy.divided.carts._any.p1",
    ] == [queue.name for queue in divided.queues("spiffy")]


@pytest.mark.parametrize("partitions", [0, 3, 12, 128, -8, 8.0, "8", True])
def test_partitions_are_as_many_as_the_buckets_can_be_divided_into(partitions: Any) -> None:
    said = "consumer 'raw': partitions is one of 1, 2, 4, 8, 16, 32 or 64"
    with pytest.raises(BadConsumer, match=said):
        consumer("orders/create", partitions=partitions)(raw)


def test_an_ordered_consumer_has_a_queue_for_what_it_holds_back() -> None:
    ordered = consumer("orders/create", partitions=2, ordered=True)(raw)
    plain = consumer("orders/create", partitions=2)(raw)
    assert [True, True] == [queue.ordered for queue in ordered.queues("spiffy")]
    assert [False, False] == [queue.ordered for queue in plain.queues("spiffy")]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"ordered": True}, "ordered=True needs partitions, such as partitions=8"),
        ({"ordered": 1, "partitions": 2}, "ordered is True or False, and not 1"),
        ({"on_dead": "continue", "partitions": 2}, "only with ordered=True"),
        ({"on_dead": "halt", "partitions": 2}, "only with ordered=True"),
        ({"on_dead": "stop", "ordered": True, "partitions": 2}, 'on_dead is "continue"'),
    ],
)
def test_an_order_that_nobody_could_keep_is_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(BadConsumer, match=said):
        consumer("orders/create", **options)(raw)

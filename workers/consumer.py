"""Consumers: the decorator, the frozen record it makes, and how a worker finds them."""

import importlib
import inspect
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from operator import attrgetter
from typing import Annotated, Any, Generic, get_args, get_origin, get_type_hints

from pydantic import PydanticUserError, TypeAdapter

from schemas.reading import reader
from schemas.topic import BadTopic, TopicPattern
from schemas.topology import BadName, WorkQueue, check_name
from schemas.webhook import Webhook
from workers.delivery import Delivery, P
from workers.retry import RetryPolicy

ENTRY_POINTS = "hookline.consumers"
MAX_CONCURRENCY = 65_535
"""AMQP's prefetch is a 16-bit number."""


class BadConsumer(ValueError):
    """A consumer is not usable as written; the message names it and says how it should be."""


@dataclass(frozen=True, slots=True)
class Consumer(Generic[P]):
    """A named unit: topics, handler, payload type, policy. It owns one queue a topic.

    Still callable, for tests of the author's own: `await erp(delivery)`.
    """

    name: str
    topics: tuple[TopicPattern, ...]
    handler: Callable[[Delivery[P]], Any]
    payload: Any
    decode: Callable[[Webhook], P] = field(repr=False)  # raises Undecodable, or pydantic's ValidationError
    concurrency: int
    timeout: float
    retry: RetryPolicy = field(repr=False)

    def __call__(self, delivery: Delivery[P]) -> Any:
        """Run the handler as it is: no timeout, no retry."""
        return self.handler(delivery)

    @property
    def is_async(self) -> bool:
        """Whether the handler runs in the event loop; a plain `def` runs in a thread."""
        return inspect.iscoroutinefunction(self.handler)

    def queues(self, app: str) -> tuple[WorkQueue, ...]:
        """Return its work queues, one a topic."""
        return tuple(WorkQueue.of(app, self.name, topic) for topic in self.topics)


def consumer(
    *topics: str,
    name: str | None = None,
    concurrency: int = 16,
    timeout: float = 30.0,
    retry: RetryPolicy | None = None,
) -> Callable[[Callable[[Delivery[P]], Any]], Consumer[P]]:
    """Make a handler a consumer of topics (`orders/create`, `orders/*`, `*/*`).

    `name` is the function's unless given; `concurrency` how many webhooks of one queue are handled at once by one
    worker; `timeout` seconds an attempt may take. Raises BadConsumer.
    """

    def make(handler: Callable[[Delivery[P]], Any]) -> Consumer[P]:
        called = name or handler.__name__
        try:
            patterns = tuple(TopicPattern.parse(topic) for topic in topics)
            check_name("consumer", called)
        except (BadTopic, BadName) as error:
            raise BadConsumer(f"consumer {called!r}: {error}") from error
        for wrong, advice in (
            (not patterns, 'name at least one topic: @consumer("orders/create")'),
            (len(set(patterns)) < len(patterns), "a topic is named twice"),
            (not 1 <= concurrency <= MAX_CONCURRENCY, f"concurrency is a number from 1 to {MAX_CONCURRENCY}"),
            (not 0 < timeout < float("inf"), "timeout is a number of seconds above 0"),
            (inspect.isasyncgenfunction(handler) or inspect.isgeneratorfunction(handler), "a handler does not yield"),
        ):
            if wrong:
                raise BadConsumer(f"consumer {called!r}: {advice}")
        payload, decode = _payload(called, handler)
        return Consumer(called, patterns, handler, payload, decode, concurrency, timeout, retry or RetryPolicy())

    return make


def load(modules: Iterable[str]) -> tuple[Consumer[Any], ...]:
    """Return the consumers that the modules hold, and with no module those of installed packages; raises BadConsumer.

    The current directory is put at the end of `sys.path`, so that it hides no installed package.
    """
    if "" not in sys.path:
        sys.path.append("")
    found: dict[str, Consumer[Any]] = {}
    for source, held in [*map(_held, modules)] or [*map(_offered, entry_points(group=ENTRY_POINTS))]:
        for one in held:
            if found.setdefault(one.name, one) is not one:
                raise BadConsumer(f"two consumers are called {one.name!r} (the second in {source}); give one a name=")
    return tuple(found.values())


def _held(module: str) -> tuple[str, list[Consumer[Any]]]:
    try:
        loaded = importlib.import_module(module)
    except Exception as error:
        raise BadConsumer(f"module {module!r} cannot be imported: {type(error).__name__}: {error}") from error
    held = [value for value in vars(loaded).values() if isinstance(value, Consumer)]
    if not held:
        raise BadConsumer(f"module {module!r} holds no consumer; decorate a handler with @consumer")
    return module, held


def _offered(point: Any) -> tuple[str, list[Consumer[Any]]]:
    try:
        loaded = point.load()
    except Exception as error:
        raise BadConsumer(f"entry point {point.value!r} cannot be loaded: {type(error).__name__}: {error}") from error
    held = [loaded] if isinstance(loaded, Consumer) else [v for v in vars(loaded).values() if isinstance(v, Consumer)]
    return point.value, held


def _payload(name: str, handler: Callable[..., Any]) -> tuple[Any, Callable[[Webhook], Any]]:
    """Return the payload type that the handler's one argument names, and how a webhook's body becomes one."""
    advice = f"consumer {name!r}: annotate its one argument: Delivery[Order], Delivery[dict] or Delivery[bytes]"
    try:
        named = get_type_hints(handler, include_extras=True)
        hints = [_bare(hint) for key, hint in named.items() if key != "return"]
        if len(inspect.signature(handler).parameters) != 1 or len(hints) != 1 or get_origin(hints[0]) is not Delivery:
            raise BadConsumer(advice)
        (payload,) = get_args(hints[0])
        validate = TypeAdapter(payload).validate_python
    except (NameError, TypeError, PydanticUserError) as error:
        raise BadConsumer(f"{advice} ({type(error).__name__}: {error})") from error
    if payload is bytes:
        return payload, attrgetter("body")
    if _bare(payload) is bytes:
        return payload, lambda webhook: validate(webhook.body)
    read = reader(payload)
    return payload, lambda webhook: read(webhook.body, webhook.content_type)


def _bare(hint: Any) -> Any:
    """Return what is annotated, without its annotations."""
    return get_args(hint)[0] if get_origin(hint) is Annotated else hint

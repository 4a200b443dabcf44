"""Consumers: the decorator, and the frozen record it makes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, Unpack

from schemas.given_names import BadName
from schemas.names import WorkQueue
from schemas.rate import Rate
from schemas.topic import BadTopic, TopicPattern
from schemas.webhook import Webhook
from workers.bad_option import BadOption
from workers.breaker import STANDARD, Breaker
from workers.decoding import decoder
from workers.delivery import Delivery, P
from workers.handler import BadHandler, function_of, is_async, name_of, payload_of
from workers.limits import UNLIMITED, Limits
from workers.once import Once
from workers.options import OnDead, Options, Rerun, check_once_of, checked
from workers.order_options import CONTINUE, HALT
from workers.retry import RetryPolicy
from workers.topics import check_consumer_name, check_topics


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
    # Whether the handler runs in the event loop; a plain `def` runs in a thread.
    is_async: bool
    payload: Any
    # Raises Undecodable, or pydantic's ValidationError.
    decode: Callable[[Webhook], P] = field(repr=False)
    concurrency: int
    timeout: float
    retry: RetryPolicy = field(repr=False)
    # Seconds since receipt for which a webhook is worth an attempt; None: for ever.
    max_age: float | None = None
    # Of attempts, for all workers together.
    limits: Limits = UNLIMITED
    # Whether dead letters may be handled again; None where the author does not say.
    replay: Rerun | None = None
    # Of each queue; None: it is taken from, whatever fails.
    breaker: Breaker | None = field(default=STANDARD, repr=False)
    # How a webhook that comes twice takes effect once; None: the handler sees to it.
    once: Once | None = None
    # Of each topic's queue; None: it has none, and any worker takes from it.
    partitions: int | None = None
    # Whether one shop's webhooks are handled one after the other.
    ordered: bool = False
    # What becomes of those behind a dead one.
    on_dead: OnDead = CONTINUE

    @property
    def halts(self) -> bool:
        """Whether a dead webhook has those of its shop wait that follow it."""
        return self.on_dead == HALT

    def __call__(self, delivery: Delivery[P]) -> Any:
        """Run the handler as it is: no timeout, no retry."""
        return self.handler(delivery)

    def queues(self, app: str) -> tuple[WorkQueue, ...]:
        """Return its work queues, one a topic, or so many partitions of each."""
        named = [WorkQueue.of(app, self.name, topic) for topic in self.topics]
        wholes = [replace(queue, ordered=self.ordered) for queue in named]
        return tuple(queue for whole in wholes for queue in whole.split(self.partitions or 0))


def consumer(
    *topics: str, name: str | None = None, **options: Unpack[Options]
) -> Callable[[Callable[[Delivery[P]], Any]], Consumer[P]]:
    """Make a handler a consumer of topics (`orders/create`, `orders/*`, `*/*`).

    `name` is the function's unless given. The options are keywords: `workers.options.Options` says
    what each means. Raises BadConsumer.
    """
    _check_parentheses(topics)

    def make(handler: Callable[[Delivery[P]], Any]) -> Consumer[P]:
        _check_undecorated(handler)
        called = name_of(handler) if name is None else name
        try:
            return _made(called, topics, handler, options)
        except (BadTopic, BadName, BadHandler, BadOption) as error:
            raise BadConsumer(f"consumer {called!r:.80}: {error}") from error

    return make


def _made(
    name: str,
    topics: Sequence[str],
    handler: Callable[[Delivery[P]], Any],
    said: Options,
) -> Consumer[P]:
    """Make a consumer of what may be one; raises what the checks raise."""
    function = function_of(handler)
    check_consumer_name(name)
    patterns = check_topics(topics)
    options = checked(said)
    check_once_of(options["once"], is_async=is_async(function))
    payload = payload_of(function)

    return Consumer(
        name=name,
        topics=patterns,
        handler=function,
        is_async=is_async(function),
        payload=payload,
        decode=decoder(payload),
        concurrency=options["concurrency"],
        timeout=float(options["timeout"]),
        retry=options["retry"] or RetryPolicy(),
        max_age=_seconds(options["max_age"]),
        limits=_limits(options),
        replay=options["replay"],
        breaker=options["breaker"],
        once=options["once"],
        partitions=options["partitions"],
        ordered=options["ordered"],
        on_dead=options["on_dead"],
    )


def _seconds(said: float | None) -> float | None:
    return None if said is None else float(said)


def _limits(options: Options) -> Limits:
    return Limits(
        rate=_rate(options["rate"]),
        per_shop=options["per_shop"],
        per_shop_rate=_rate(options["per_shop_rate"]),
    )


def _rate(said: str | None) -> Rate | None:
    return None if said is None else Rate.parse(said)


def _check_parentheses(topics: Sequence[Any]) -> None:
    """Refuse `@consumer` right above a handler, which would become the topic, and never run."""
    for topic in topics:
        if callable(topic) or isinstance(topic, classmethod):
            called = name_of(topic) or type(topic).__name__
            raise BadConsumer(
                f'consumer {called!r}: say which topics it takes: @consumer("orders/create")'
            )


def _check_undecorated(handler: object) -> None:
    """Refuse a second decorator: it would make a second consumer of one name."""
    if isinstance(handler, Consumer):
        raise BadConsumer(
            f"consumer {handler.name!r}: it is a consumer already; "
            'name all topics in one @consumer("orders/create", "orders/paid")'
        )

"""A consumer's name and its topics: what each may be."""

from collections.abc import Sequence
from itertools import combinations

from schemas.given_names import check_name
from schemas.topic import TopicPattern
from workers.bad_option import BadOption


def check_consumer_name(name: object) -> None:
    """Raise BadOption, or BadName, where a consumer cannot be called so."""
    if not isinstance(name, str):
        raise BadOption('a name is text: name="erp"')
    if not name or name == "<lambda>":
        raise BadOption('its handler has no name; give it one: name="erp"')
    check_name("consumer", name)


def check_topics(topics: Sequence[object]) -> tuple[TopicPattern, ...]:
    """Return the topics as patterns, of which no two may meet; raises BadOption, or BadTopic."""
    if not topics:
        raise BadOption('name at least one topic: @consumer("orders/create")')

    for topic in topics:
        if isinstance(topic, list | tuple | set | frozenset):
            raise BadOption(
                'topics are given one by one: @consumer("orders/create", "orders/paid")'
            )
        if not isinstance(topic, str):
            raise BadOption(
                f'a topic is text, such as "orders/create", and no {type(topic).__name__}'
            )

    patterns = tuple(TopicPattern.parse(str(topic)) for topic in topics)
    for one, other in combinations(patterns, 2):
        _check_apart(one, other)
    return patterns


def _check_apart(one: TopicPattern, other: TopicPattern) -> None:
    """Refuse two topics that one webhook may be of: each has a queue, and would handle it."""
    if one.routing_key == other.routing_key:
        if one == other:
            raise BadOption(f"{one} is named twice")
        raise BadOption(f"a topic is named twice: {one} and {other}")
    if one.meets(other):
        raise BadOption(
            f"{one} and {other} overlap, and what both match would be handled twice; "
            "keep the wider one"
        )

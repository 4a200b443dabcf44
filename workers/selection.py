"""Which of the consumers, and of their topics, one worker runs."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any

from workers.consumer import BadConsumer, Consumer


def select(
    consumers: Collection[Consumer[Any]],
    *,
    names: Collection[str] = (),
    topics: Collection[str] = (),
    concurrency: int | None = None,
) -> tuple[Consumer[Any], ...]:
    """Return the consumers of these names, with these of their topics; where none are given, all.

    Raises BadConsumer where one of them is nobody's, or where together they leave nothing to run.
    """
    _check_known(consumers, names, topics)

    selected = []
    for one in consumers:
        if names and one.name not in names:
            continue

        kept = one.topics
        if topics:
            kept = tuple(topic for topic in one.topics if topic in topics)
        if not kept:
            continue

        at_once = one.concurrency
        if concurrency is not None:
            at_once = concurrency
        narrowed = replace(one, topics=kept, concurrency=at_once)
        selected.append(narrowed)

    if not selected:
        there = _told(consumers)
        raise BadConsumer(f"no consumer of these takes one of these topics; there are: {there}")
    return tuple(selected)


def _check_known(
    consumers: Collection[Consumer[Any]], names: Iterable[str], topics: Iterable[str]
) -> None:
    unknown_names = set(names)
    unknown_topics = set(topics)
    for one in consumers:
        unknown_names.discard(one.name)
        unknown_topics.difference_update(one.topics)

    unknown = sorted(unknown_names | unknown_topics)
    if unknown:
        asked = ", ".join(unknown)
        there = _told(consumers)
        raise BadConsumer(f"no consumer or topic {asked}; there are: {there}")


def _told(consumers: Iterable[Consumer[Any]]) -> str:
    told = []
    for one in consumers:
        topics = " ".join(one.topics)
        told.append(f"{one.name} ({topics})")
    return ", ".join(told)

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
        at_once = one.concurrency if concurrency is None else concurrency
        selected.append(replace(one, topics=kept, concurrency=at_once))

    if not selected:
        raise BadConsumer(
            f"no consumer of these takes one of these topics; there are: {_told(consumers)}"
        )
    return tuple(selected)


def _check_known(
    consumers: Collection[Consumer[Any]], names: Iterable[str], topics: Iterable[str]
) -> None:
    all_names = {one.name for one in consumers}
    all_topics = {topic for one in consumers for topic in one.topics}
    unknown_names = set(names) - all_names
    unknown_topics = set(topics) - all_topics
    unknown = ", ".join(sorted(unknown_names | unknown_topics))
    if unknown:
        raise BadConsumer(f"no consumer or topic {unknown}; there are: {_told(consumers)}")


def _told(consumers: Iterable[Consumer[Any]]) -> str:
    told = []
    for one in consumers:
        topics = " ".join(one.topics)
        told.append(f"{one.name} ({topics})")
    return ", ".join(told)

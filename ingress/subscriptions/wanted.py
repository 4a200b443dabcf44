"""Which topics are wanted: by the app's list, by its consumers, by the command line. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from schemas.topic import BadTopic, Topic, TopicPattern

Topics = frozenset[str]


class Unwanted(ValueError):
    """There is no telling which topics are wanted; the message says why, and what to do."""


def wanted_topics(listed: Topics | None, taken: Topics | None, chosen: Iterable[str]) -> Topics:
    """Return the topics to have subscriptions of, or raise Unwanted.

    `listed` are the only ones that the app's ingress takes in, `taken` those of its consumers, with
    patterns, `chosen` those of the command line. None is where nobody said.
    """
    whole = listed
    if taken is not None:
        whole = _of_consumers(taken, listed)

    narrow = chosen_topics(chosen)
    if whole is None and not narrow:
        raise Unwanted("which topics? HOOKLINE_TOPICS, --consumers MODULE or --topic T say it")
    if whole is None:
        return narrow

    for topic in sorted(narrow - whole):
        there = ", ".join(sorted(whole))
        raise Unwanted(f"--topic {topic}: not among those that are wanted: {there}")
    return narrow or whole


def chosen_topics(written: Iterable[str]) -> Topics:
    """Return the topics of the command line, or raise Unwanted."""
    return Topics(map(_topic, written))


def topics_of(document: Any) -> Topics:
    """Return the topics that an AsyncAPI document of `hookline-workers docs` receives."""
    found = Topics(_named(document))
    if not found:
        raise Unwanted("no consumer's topic in it; `hookline-workers docs MODULE…` writes it")
    return found


def _of_consumers(taken: Topics, listed: Topics | None) -> Topics:
    patterns = {pattern for pattern in taken if "*" in pattern}
    topics = taken - patterns
    if listed is None:
        for pattern in sorted(patterns):
            raise Unwanted(
                f"a consumer takes {pattern}, and no platform can be asked for that: "
                "list the topics in HOOKLINE_TOPICS"
            )
        return topics

    for topic in sorted(topics - listed):
        raise Unwanted(
            f"a consumer takes {topic}, which is not in HOOKLINE_TOPICS: "
            "the ingress would refuse it"
        )
    return topics | {topic for topic in listed if _is_matched(topic, patterns)}


def _is_matched(topic: str, patterns: Iterable[str]) -> bool:
    parsed = Topic.parse(topic)
    return any(TopicPattern.parse(pattern).matches(parsed) for pattern in patterns)


def _topic(written: str) -> str:
    try:
        return Topic.parse(written.strip())
    except BadTopic as error:
        raise Unwanted(f"--topic {written[:60]!r}: {error}") from None


def _named(document: Any) -> Iterator[str]:
    for channel in _values(document, "channels"):
        for message in _values(channel, "messages"):
            name = message.get("name") if isinstance(message, Mapping) else None
            if isinstance(name, str) and _is_pattern(name):
                yield name


def _is_pattern(name: str) -> bool:
    try:
        TopicPattern.parse(name)
    except BadTopic:
        return False
    return True


def _values(document: Any, name: str) -> Iterable[Any]:
    if isinstance(document, Mapping):
        members = document.get(name)
        if isinstance(members, Mapping):
            return members.values()
    return ()

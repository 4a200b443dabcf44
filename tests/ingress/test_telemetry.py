"""Labels of metrics stay few, whatever topics senders think of."""

from typing import Any

import pytest

from ingress import telemetry


def test_only_so_many_topics_have_a_label_of_their_own_and_those_keep_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(telemetry, "_TOPICS", set())
    telemetry.accepted.cache_clear()
    for number in range(telemetry.MAX_TOPICS + 100):
        telemetry.accepted("labels", f"orders/e{number}", "one").note(number * 1000)
    telemetry.accepted("labels", "orders/e0", "one").note(1_000_500)

    counts = told(telemetry.ACCEPTED, "labels", "topic")
    assert telemetry.MAX_TOPICS + 1 == len(counts)
    assert (2, 1, 100) == (counts["orders/e0"], counts["orders/e299"], counts["other"])

    times = told(telemetry.LAST_ACCEPTED, "labels", "topic")
    assert counts.keys() == times.keys()
    assert (1_000.5, 299, 399) == (times["orders/e0"], times["orders/e299"], times["other"])


def test_the_last_use_of_each_secret_is_told_whatever_the_topic() -> None:
    for topic, secret, received_ms in (
        ("orders/create", "old", 1_000),
        ("orders/paid", "old", 2_000),
        ("orders/create", "new", 3_000),
    ):
        telemetry.accepted("rotating", topic, secret).note(received_ms)
    assert {"old": 2, "new": 3} == told(telemetry.SECRET_LAST_USED, "rotating", "secret")


def test_a_topic_that_is_written_with_a_dot_has_a_slash_as_those_of_workers_have() -> None:
    telemetry.accepted("dotted", "customer.tags_added", "one").note(1_000)
    assert {"customer/tags_added": 1} == told(telemetry.LAST_ACCEPTED, "dotted", "topic")


def told(metric: Any, app: str, label: str) -> dict[str, float]:
    """Return what a metric says of an app, by the value of a label."""
    (family,) = metric.collect()
    return {
        sample.labels[label]: sample.value
        for sample in family.samples
        if sample.labels["app"] == app and not sample.name.endswith("_created")
    }

"""Labels of metrics stay few, whatever topics senders think of."""

import pytest

from ingress import telemetry


def test_only_so_many_topics_have_a_label_of_their_own_and_those_keep_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(telemetry, "_TOPICS", set())
    telemetry.accepted.cache_clear()
    for number in range(telemetry.MAX_TOPICS + 100):
        telemetry.accepted("labels", f"orders/e{number}", "one").inc()
    telemetry.accepted("labels", "orders/e0", "one").inc()

    (family,) = telemetry.ACCEPTED.collect()
    counts = {
        sample.labels["topic"]: sample.value
        for sample in family.samples
        if sample.labels["app"] == "labels" and sample.name.endswith("_total")
    }
    assert telemetry.MAX_TOPICS + 1 == len(counts)
    assert (2, 1, 100) == (counts["orders/e0"], counts["orders/e299"], counts["other"])

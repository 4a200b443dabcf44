"""Crews for Compose."""

from typing import Any

import yaml

from tests.workers.deployment.sample import APART, APP, TOGETHER
from workers.deployment.compose import compose


def rendered() -> dict[str, Any]:
    """Return what is written of all crews."""
    text = compose(APP, [*APART, TOGETHER], image="shop:1.2", drain_timeout=25)
    return dict(yaml.safe_load(text))


def test_each_queue_has_a_service_that_runs_it_alone() -> None:
    services = rendered()["services"]
    assert 4 == len(services)
    service = services["spiffy-erp-orders-create"]
    assert [
        "hookline-workers", "run", "shop.consumers", "--consumer", "erp", "--topic", "orders/create",
    ] == service["command"]  # fmt: skip
    assert ("shop:1.2", "70s") == (service["image"], service["stop_grace_period"])
    assert "55" == service["environment"]["HOOKLINE_DRAIN_TIMEOUT"]
    assert "spiffy.erp.orders.create" == service["labels"]["hookline.queues"]


def test_the_url_stands_in_a_file_that_is_named_and_in_nothing_else() -> None:
    whole = rendered()
    (secret,) = whole["secrets"]
    for service in whole["services"].values():
        assert [secret] == service["secrets"]
        assert f"/run/secrets/{secret}" == service["environment"]["HOOKLINE_AMQP_URL_FILE"]
        assert "HOOKLINE_AMQP_URL" not in service["environment"]

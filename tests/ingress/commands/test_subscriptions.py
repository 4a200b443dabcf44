"""`hookline-ingress subscriptions`: what it says of topics that no shop has."""

import argparse

import pytest

from ingress.commands import subscriptions
from ingress.registration import App
from ingress.subscriptions.order import order_of
from ingress.subscriptions.settings import SubscriptionSettings
from tests.shop_apis.stand_in import stand_in

SHOP = "johns-apparel.spiffystores.com"
OURS = "https://hooks.example.com/webhooks/spiffy"
TOPIC = "orders/create"


async def test_a_topic_to_end_that_no_shop_has_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    app = App(name="spiffy", secrets="hush", address=OURS)
    asked = argparse.Namespace(
        action="delete",
        shop=[SHOP],
        topic=[TOPIC, "order/create"],
        consumers=[],
        asyncapi=None,
        format=None,
        prune=False,
        json=False,
        yes=True,
    )
    async with stand_in("spiffy") as api:
        store = api.shop(SHOP, "t0ken")
        store.add(TOPIC, OURS)
        settings = SubscriptionSettings(shop_credential="t0ken", api_url=api.url)
        order = order_of(settings, app, asked, is_only=True)
        assert 0 == await subscriptions._run(order, asked)
        assert {} == store.hooks

    told = capsys.readouterr().err.splitlines()
    assert "order/create: no shop that could be asked has a subscription of it" in told
    assert not any(line.startswith(TOPIC) for line in told)

"""What a command is to do, before any platform is asked."""

import argparse
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ingress.registration import App
from ingress.subscriptions.order import Order, order_of
from ingress.subscriptions.settings import read
from runtime.settings import SettingsError

OURS = "https://hooks.example.com/webhooks/spiffy"
GOOD = {
    "HOOKLINE_SECRETS": "hush-hush",
    "HOOKLINE_ADDRESS": OURS,
    "HOOKLINE_TOPICS": "orders/create,orders/paid",
    "HOOKLINE_SHOP_CREDENTIAL": "t0ken",
}


def order(app: dict[str, Any] | None = None, **given: Any) -> Order:
    """Return what good settings ask for, with other arguments and another app."""
    settings, apps = read(GOOD)
    whole: App = apps["spiffy"].model_copy(update=app or {})
    usual = {
        "action": "plan",
        "shop": ["Johns-Apparel.spiffystores.com."],
        "topic": [],
        "consumers": [],
        "asyncapi": None,
        "format": None,
    }
    return order_of(settings, whole, argparse.Namespace(**usual | given), is_only=True)


def refused(app: dict[str, Any] | None = None, **given: Any) -> str:
    """Return why it cannot be done."""
    with pytest.raises(SettingsError) as caught:
        order(app, **given)
    return str(caught.value)


def test_address_topics_and_shops_come_from_the_settings() -> None:
    found = order()
    assert OURS == found.wanted.address
    assert {"orders/create", "orders/paid"} == found.wanted.topics
    assert ["johns-apparel.spiffystores.com"] == [one.shop for one in found.shops()]
    assert "spiffy" == found.api.platform


def test_an_end_needs_no_topics() -> None:
    assert frozenset() == order({"topics": None}, action="delete").wanted.topics


def test_the_topics_of_an_end_are_topics_and_need_not_be_the_apps() -> None:
    ended = order(action="delete", topic=[" refunds/create "])
    assert {"refunds/create"} == ended.wanted.topics
    assert refused(action="delete", topic=["order"]).startswith("--topic 'order': a topic is two")


def test_who_chooses_shops_orders_for_some_alone() -> None:
    assert not order().is_of_all


def test_what_consumers_take_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(
        '{"channels": {"a": {"messages": {"webhook": {"name": "orders/create"}}}}}'
    )
    assert {"orders/create"} == order(asyncapi=tmp_path / "a.json").wanted.topics


@pytest.mark.parametrize(
    ("app", "told"),
    [
        ({"address": ""}, "where is spiffy to be posted to? HOOKLINE_ADDRESS is not set, nor add"),
        ({"address": f"{OURS}?token=pa55word"}, "the address of spiffy: user, password, query"),
        ({"topics": None}, "which topics? HOOKLINE_TOPICS, --consumers MODULE or --topic T"),
        (
            {"platform": SimpleNamespace(name="github")},
            "the platform github of app spiffy: its API is not known here, only that of spiffy",
        ),
    ],
)
def test_what_is_not_said_is_asked_for_by_name(app: dict[str, Any], told: str) -> None:
    assert refused(app).startswith(told)
    assert "pa55word" not in refused(app)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "No such file or directory"),
        ("{", "not JSON"),
        ("{}", "no consumer's topic in it; `hookline-workers docs MODULE…` writes it"),
    ],
)
def test_a_document_that_is_none_is_told_by_its_name(
    tmp_path: Path, text: str | None, told: str
) -> None:
    file = tmp_path / "a.json"
    if text is not None:
        file.write_text(text)
    assert f"--asyncapi {file}: {told}" == refused(asyncapi=file)

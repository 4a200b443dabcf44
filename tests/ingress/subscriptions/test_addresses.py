"""Addresses: whether two are the same, and how one is shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingress.subscriptions.addresses import has_path_of, host_of, is_same, shown, why_unusable
from schemas.printable import printable

OURS = "https://hooks.example.com/webhooks/spiffy"


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (OURS, True),
        ("https://HOOKS.example.com/webhooks/spiffy", True),
        ("https://hooks.example.com:443/webhooks/spiffy", True),
        ("http://hooks.example.com/webhooks/spiffy", False),
        ("https://hooks.example.com:8443/webhooks/spiffy", False),
        ("https://hooks.example.com/webhooks/spiffy/", False),
        ("https://hooks.example.com/Webhooks/spiffy", False),
        ("https://hooks.example.com/webhooks/spiffy?a=1", False),
        ("https://other.example.com/webhooks/spiffy", False),
        ("https://[::1/webhooks", False),
        ("https://hooks.example.com:port/webhooks/spiffy", False),
        ("", False),
    ],
)
def test_case_of_the_host_and_the_usual_port_say_nothing_and_all_else_does(
    other: str, same: bool
) -> None:
    assert same == is_same(other, OURS)
    assert same == is_same(OURS, other)


@given(st.text(), st.text())
def test_whatever_a_platform_answers_can_be_compared_and_shown(one: str, other: str) -> None:
    assert is_same(one, one)
    assert is_same(one, other) == is_same(other, one)
    for told in (shown(one), host_of(one)):
        assert told == printable(told)


def test_an_earlier_name_of_the_same_ingress_has_the_same_path() -> None:
    assert has_path_of("https://old.example.com/webhooks/spiffy", OURS)
    assert not has_path_of("https://old.example.com/hooks", OURS)
    assert not has_path_of("https://old.example.com/", "https://hooks.example.com/")


def test_what_may_be_a_secret_of_somebody_elses_address_is_not_shown() -> None:
    address = "https://user:pa55word@zap.example.com/hooks/1?token=pa55word#pa55word"
    assert "https://zap.example.com/hooks/1?…" == shown(address)
    assert "https://zap.example.com/hooks/1?…" == shown("https://zap.example.com/hooks/1#pa55word")
    assert "zap.example.com" == host_of(address)


def test_an_address_that_is_no_url_of_the_web_is_shown_as_it_is() -> None:
    bus = "arn:aws:events:us-east-1::event-source/aws.partner/shopify.com/1/bus"
    assert bus == shown(bus)
    assert not is_same(bus, OURS)


@pytest.mark.parametrize(
    ("address", "why"),
    [
        (OURS, ""),
        ("http://hooks.example.com/webhooks/spiffy", ""),
        ("https:///webhooks", "an address begins with"),
        ("https://user:pa55word@hooks.example.com/webhooks/spiffy", "user, password, query"),
        (f"{OURS}?token=pa55word", "user, password, query"),
        (f"{OURS}#pa55word", "user, password, query"),
    ],
)
def test_an_address_of_ours_has_a_host_and_no_secret(address: str, why: str) -> None:
    told = why_unusable(address)
    assert told.startswith(why)
    assert bool(why) == bool(told)
    assert "pa55word" not in told

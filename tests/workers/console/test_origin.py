"""Where a request comes from: what proxies say is believed of those that are named alone."""

from ipaddress import ip_network

import pytest

from workers.console.origin import Origin, Proxies, is_own_site

PROXIES = Proxies((ip_network("10.0.0.0/8"),), "X-User")
SAID = {
    "Host": "inner:9082",
    "X-Forwarded-For": "1.2.3.4, 5.6.7.8",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "ops.example.com",
    "X-User": "jane",
}


def test_a_proxy_that_is_named_speaks_for_who_it_lets_in() -> None:
    origin = PROXIES.origin("10.1.2.3", SAID, is_secure=False)
    assert Origin("5.6.7.8", "ops.example.com", is_secure=True, user="jane") == origin


@pytest.mark.parametrize("peer", ["11.0.0.1", "", "nonsense", "::1"])
def test_nobody_else_does(peer: str) -> None:
    origin = PROXIES.origin(peer, SAID, is_secure=False)
    assert Origin(peer, "inner:9082", is_secure=False, user="") == origin


def test_without_the_setting_no_header_names_a_user() -> None:
    proxies = Proxies((ip_network("10.0.0.0/8"),))
    assert "" == proxies.origin("10.1.2.3", SAID, is_secure=False).user


@pytest.mark.parametrize(
    ("headers", "is_own"),
    [
        ({"Origin": "https://ops.example.com"}, True),
        ({"Origin": "https://ops.example.com:444"}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": ""}, False),
        ({"Origin": "http://["}, False),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({}, False),
        ({"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"}, False),
    ],
    ids=str,
)
def test_a_form_is_ours_where_the_browser_says_so(headers: dict[str, str], is_own: bool) -> None:
    assert is_own == is_own_site(headers, "ops.example.com")

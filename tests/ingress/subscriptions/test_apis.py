"""How lists are paged, and how a credential is shown to a platform."""

from base64 import b64encode

import pytest

from ingress.subscriptions.apis import APIS, by_link, by_number

HERE = "https://shop.myshopify.com/admin/api/2026-07/webhooks.json"
BASIC = {"Authorization": f"Basic {b64encode(b'key:pa55word').decode()}"}


@pytest.mark.parametrize(
    ("platform", "credential", "headers"),
    [
        ("spiffy", "t0ken", {"Authorization": "Bearer t0ken"}),
        ("spiffy", "key:pa55word", BASIC),
        ("shopify", "shpat_1", {"X-Shopify-Access-Token": "shpat_1"}),
        ("shopify", "key:pa55word", BASIC),
    ],
)
def test_a_credential_with_a_colon_is_basic_and_another_is_a_token(
    platform: str, credential: str, headers: dict[str, str]
) -> None:
    assert headers == APIS[platform].credential_headers(credential)


@pytest.mark.parametrize(
    ("asked", "count", "following"),
    [
        ({"limit": "50"}, 49, None),
        ({"limit": "50"}, 0, None),
        ({"limit": "50"}, 50, {"limit": "50", "page": "2"}),
        ({"limit": "50", "page": "2"}, 50, {"limit": "50", "page": "3"}),
    ],
)
def test_spiffys_pages_are_numbered_and_the_last_is_not_full(
    asked: dict[str, str], count: int, following: dict[str, str] | None
) -> None:
    assert following == by_number(asked, {}, count)


@pytest.mark.parametrize(
    ("link", "mark"),
    [
        (f'<{HERE}?limit=250&page_info=abc>; rel="next"', "abc"),
        (f'<{HERE}?page_info=a>; rel="previous", <{HERE}?page_info=b&limit=250>; rel="next"', "b"),
        (f"<{HERE}?page_info=abc>; rel=next", "abc"),
        ('<https://evil.example/?page_info=abc>; rel="next"', "abc"),
        (f'<{HERE}?page_info=abc>; rel="previous"', None),
        (f'<{HERE}>; rel="next"', None),
        ('<https://[::1>; rel="next"', None),
        ("", None),
    ],
)
def test_of_shopifys_links_the_mark_of_the_next_page_is_taken_and_no_address(
    link: str, mark: str | None
) -> None:
    following = {"limit": "250", "page_info": mark} if mark else None
    assert following == by_link({"limit": "250", "status": "any"}, {"Link": link}, 250)

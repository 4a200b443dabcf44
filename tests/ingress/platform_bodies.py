"""A webhook of each platform, as its vendor's documentation shows it, and what it says."""

from typing import NamedTuple

from ingress.testing import SHOP


class Sample(NamedTuple):
    """A body, and what topic and shop a request with it says."""

    body: bytes
    topic: str
    shop: str
    secret: str = "an-apps-own-secret-of-a-few-words"
    """What the app signs with."""
    shop_header: str = ""
    """What is said of the shop where the platform has a header for it."""


_PLAIN = b'{"id": 1}'
_SLACK = (
    b'{"token": "x", "team_id": "T061EG9R6", "api_app_id": "A0FFV41KK", "event_id": "Ev9UQ52YNA",'
    b' "type": "event_callback", "event": {"type": "reaction_added", "user": "U061F1EUR"}}'
)
SAMPLES = {
    "spiffy": Sample(_PLAIN, "orders/create", SHOP, shop_header=SHOP),
    "shopify": Sample(_PLAIN, "orders/create", "a.myshopify.com", shop_header="a.myshopify.com"),
    # docs.github.com, "Webhook events and payloads": `issues`, cut to what is read.
    "github": Sample(
        b'{"action": "opened", "issue": {"number": 1347}, "repository": {"full_name":'
        b' "octocat/Hello-World", "owner": {"login": "octocat"}}, "sender": {"login": "octodog"}}',
        "issues/opened",
        "octocat",
    ),
    # docs.stripe.com, "The Event object".
    "stripe": Sample(
        b'{"id": "evt_1NG8Du2eZvKYlo2CUI79vXWy", "object": "event", "account":'
        b' "acct_1032D82eZvKYlo2C", "type": "customer.subscription.created", "data": {}}',
        "customer-subscription.created",
        "acct_1032D82eZvKYlo2C",
    ),
    "standard-webhooks": Sample(
        b'{"type": "contact.created", "timestamp": "2022-11-03T20:26:10.344522Z", "data": {}}',
        "contact.created",
        "test",
        secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    ),
    # api.slack.com, "Using the Slack Events API".
    "slack": Sample(_SLACK, "event_callback/reaction_added", "T061EG9R6"),
    "woocommerce": Sample(_PLAIN, "order.updated", "shop.example", shop_header="shop.example"),
    # developer.bigcommerce.com, "Webhooks overview": store/order/statusUpdated.
    "bigcommerce": Sample(
        b'{"store_id": "11111", "producer": "stores/abcde", "scope": "store/order/statusUpdated",'
        b' "data": {"type": "order", "id": 173331}, "hash": "3f9ea420af83450d7ef9f78b08c8af25"}',
        "order/status_updated",
        "abcde",
    ),
    # developer.paddle.com, "transaction.completed".
    "paddle": Sample(
        b'{"event_id": "evt_01hv8wptq8987qeep44cyrewp9", "event_type": "transaction.completed",'
        b' "notification_id": "ntf_01hv8wptvr7ytasgsrxezbfebn", "data": {"status": "completed"}}',
        "transaction.completed",
        "test",
    ),
    # Square's own test notification: square-python-sdk, tests/test_webhooks_helper.py.
    "square": Sample(
        b'{"merchant_id":"MLEFBHHSJGVHD","type":"webhooks.test_notification","event_id":'
        b'"ac3ac95b-f97d-458c-a6e6-18981597e05f","created_at":"2022-07-13T20:30:59.037339943Z",'
        b'"data":{"type":"webhooks","id":"bc368e64-01aa-407e-b46e-3231809b1129"}}',
        "webhooks.test_notification",
        "MLEFBHHSJGVHD",
    ),
}

"""Why a request is not taken in: a closed set of codes, each with its status and one sentence, in
one table.
"""

from enum import StrEnum
from typing import NamedTuple


class Refusal(StrEnum):
    """The `error` of the answer, and the label of the metric."""

    DRAINING = "draining"
    OVERLOADED = "overloaded"
    BAD_REQUEST = "bad_request"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    UNKNOWN_APP = "unknown_app"
    MISSING_TOPIC = "missing_topic"
    BAD_TOPIC = "bad_topic"
    UNKNOWN_TOPIC = "unknown_topic"
    MISSING_SHOP = "missing_shop"
    BAD_SHOP = "bad_shop"
    BODY_TOO_LARGE = "body_too_large"
    SLOW_BODY = "slow_body"
    BROKEN_BODY = "broken_body"
    MISSING_SIGNATURE = "missing_signature"
    BAD_SIGNATURE = "bad_signature"
    STALE_SIGNATURE = "stale_signature"
    BAD_CONTENT_TYPE = "bad_content_type"
    BAD_BODY = "bad_body"
    SHOP_REFUSED = "shop_refused"
    SHOP_LIMITED = "shop_limited"
    ADDRESS_LIMITED = "address_limited"
    BROKER_UNAVAILABLE = "broker_unavailable"
    INTERNAL = "internal"


class Reason(NamedTuple):
    """The status of a refusal, and one sentence for whoever gets it."""

    status: int
    detail: str


ANSWERS: dict[Refusal, Reason] = {
    Refusal.DRAINING: Reason(503, "this process is stopping; send it again"),
    Refusal.OVERLOADED: Reason(503, "too many webhooks are in flight; send it again later"),
    Refusal.BAD_REQUEST: Reason(
        400, "no HTTP request, or more than one may have: 100 headers of 8 KiB, 32 KiB in all"
    ),
    Refusal.NOT_FOUND: Reason(404, "webhooks are posted to /webhooks/{app}"),
    Refusal.METHOD_NOT_ALLOWED: Reason(405, "webhooks are posted"),
    Refusal.UNKNOWN_APP: Reason(404, "no app of this name is configured here"),
    Refusal.MISSING_TOPIC: Reason(400, "nothing says the topic"),
    Refusal.BAD_TOPIC: Reason(400, "a topic is two lower-case words such as orders/create"),
    Refusal.UNKNOWN_TOPIC: Reason(404, "this topic is not in the app's list"),
    Refusal.MISSING_SHOP: Reason(400, "nothing says the shop"),
    Refusal.BAD_SHOP: Reason(400, "the shop is none of this app"),
    Refusal.BODY_TOO_LARGE: Reason(413, "the body is larger than this ingress takes"),
    Refusal.SLOW_BODY: Reason(408, "the body took too long to arrive"),
    Refusal.BROKEN_BODY: Reason(400, "the body ended early or was sent in bad chunks"),
    Refusal.MISSING_SIGNATURE: Reason(401, "the platform's signature header is missing"),
    Refusal.BAD_SIGNATURE: Reason(401, "the signature matches none of the app's secrets"),
    Refusal.STALE_SIGNATURE: Reason(
        401, "what was signed is too old, or not of this time: a clock may be wrong"
    ),
    Refusal.BAD_CONTENT_TYPE: Reason(
        415, "send JSON or XML, named in Content-Type, without Content-Encoding"
    ),
    Refusal.BAD_BODY: Reason(422, "the body does not begin as what its Content-Type says"),
    Refusal.SHOP_REFUSED: Reason(403, "webhooks of this shop are refused here"),
    Refusal.SHOP_LIMITED: Reason(429, "too many webhooks of this shop; send it again later"),
    Refusal.ADDRESS_LIMITED: Reason(
        429, "too many requests of this address that prove nothing; send it again later"
    ),
    Refusal.BROKER_UNAVAILABLE: Reason(503, "the broker did not confirm it; send it again"),
    Refusal.INTERNAL: Reason(500, "this is our fault; send it again"),
}


class Refused(Exception):
    """A request is not taken in. `detail` says more than the table does, and nothing of what was
    sent; `retry_after`: in so many seconds it may be, where that is known.
    """

    def __init__(self, code: Refusal, detail: str = "", retry_after: int = 0) -> None:
        super().__init__(code.value)
        self.code = code
        self.retry_after = retry_after
        self.detail = detail or ANSWERS[code].detail

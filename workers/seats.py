"""Places among what an ordered partition holds, as headers. Pure.

Besides the copies of webhooks there are two that nobody handles: a stub keeps the place of one that
is dead and halts its shop's sequence, and a release ends that.
"""

from collections.abc import Mapping
from typing import Any

from schemas import headers as webhook_headers
from schemas.headers import Header
from workers.line import Seat

_WHOSE = (webhook_headers.ID, webhook_headers.SHOP, webhook_headers.RECEIVED)

BY_ITS_CONSUMER = 'on_dead="continue"'
"""Who releases what a consumer had halted before its author changed his mind."""


def seat_in(headers: Mapping[str, Any]) -> Seat | None:
    """Read where a held copy stands; None where it is none."""
    origin = webhook_headers.text(headers, webhook_headers.HELD_OF)
    if not origin:
        return None

    place = webhook_headers.number(headers, webhook_headers.HELD_PLACE)
    turn = webhook_headers.number(headers, webhook_headers.HELD_TURN)
    return Seat(origin, place, turn) if place else None


def headers_of(seat: Seat) -> dict[str, Header]:
    """Return what says where a copy stands."""
    return {
        webhook_headers.HELD_OF: seat.origin,
        webhook_headers.HELD_PLACE: seat.place,
        webhook_headers.HELD_TURN: seat.turn,
    }


def whose(headers: Mapping[str, Any]) -> dict[str, Header]:
    """Return what says of which webhook a stub or a release is."""
    kept = webhook_headers.kept(headers)
    return {name: kept[name] for name in _WHOSE if name in kept}


def is_stub(headers: Mapping[str, Any]) -> bool:
    """Tell whether a held copy only keeps the place of a dead webhook."""
    return webhook_headers.HALTED in headers


def released_by(headers: Mapping[str, Any]) -> str:
    """Return who ends a halt by this message; the empty string where it is a webhook.

    A stub whose turn comes belongs to a consumer that halts no more.
    """
    if is_stub(headers):
        return BY_ITS_CONSUMER
    return webhook_headers.text(headers, webhook_headers.RELEASED)


def keeps_no_webhook(headers: Mapping[str, Any]) -> bool:
    """Tell whether a message is a stub or a release: nothing is lost with it but the halt."""
    return is_stub(headers) or webhook_headers.RELEASED in headers

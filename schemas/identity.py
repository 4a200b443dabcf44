"""The id of a webhook whose platform sends none: one for each acceptance."""

import os
import re
from functools import lru_cache
from itertools import count
from random import SystemRandom

_ACCEPTED = count()
_OURS = re.compile(r"([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def received_in(webhook_id: str) -> int:
    """Return when a webhook with such an id was received (milliseconds since 1970); 0 where the id
    is of another form, or the platform's own.
    """
    found = _OURS.fullmatch(webhook_id)
    if found is None:
        return 0
    digits = found[1] + found[2]
    return int(digits, 16)


def new_id(received_ms: int) -> str:
    """Return an id for a webhook received then (milliseconds since 1970).

    Ids sort by time, and are unique across processes: those of one process differ by the count,
    those of two by where they began. A UUID of version 7 (RFC 9562, 5.7), 128 bits in hex digits:

        |  time  ms  | version, count | 62 bits that no other process has, plus the count |
        | 8   -    4 -      7  3      - 4                -                             12 |
    """
    number = next(_ACCEPTED)
    own = _drawn_by(os.getpid())
    time = received_ms & 0xFFFF_FFFF_FFFF
    counted = number & 0xFFF
    moved = (own + number) & 0x3FFF_FFFF_FFFF_FFFF
    tail = moved | 0x8000_0000_0000_0000  # the UUID's variant, in its two highest bits

    time_high = time >> 16
    time_low = time & 0xFFFF
    tail_high = tail >> 48
    tail_low = tail & 0xFFFF_FFFF_FFFF
    return f"{time_high:08x}-{time_low:04x}-7{counted:03x}-{tail_high:04x}-{tail_low:012x}"


@lru_cache(maxsize=1)
def _drawn_by(_process: int) -> int:
    """Return 62 bits that no other process has, also where one was forked from another."""
    return SystemRandom().getrandbits(62)

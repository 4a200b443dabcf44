"""The id of a webhook whose platform sends none: one for each acceptance. Sortable by time, unique
across processes.
"""

from itertools import count
from random import SystemRandom

_RANDOM = SystemRandom().getrandbits(62)
_ACCEPTED = count()


def new_id(received_ms: int) -> str:
    """Return an id for a webhook received then (milliseconds since 1970).

    A UUID of version 7 (RFC 9562, 5.7): the time, 12 bits of a count, and 62 bits that no other
    process has, moved on by the count as well. So ids of one process differ by the count, and ids
    of two processes by where they began.
    """
    number = next(_ACCEPTED)
    time = received_ms & 0xFFFF_FFFF_FFFF
    counted = number & 0xFFF
    moved = (_RANDOM + number) & 0x3FFF_FFFF_FFFF_FFFF
    tail = moved | 0x8000_0000_0000_0000  # the UUID's variant, in its two highest bits

    digits = f"{time:012x}7{counted:03x}{tail:016x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

"""When what waits on a rung of the ladder is due. Pure."""

from collections.abc import Mapping
from typing import Any

from schemas import headers as webhook_headers


def due_ms(headers: Mapping[str, Any], since_ms: int, rung: int) -> int:
    """Return when a wait on a rung is over, or that of which the rung is a part; 0 where nobody
    knows.
    """
    written = webhook_headers.number(headers, webhook_headers.DUE)
    if written or not since_ms:
        return written
    return since_ms + rung * 1000

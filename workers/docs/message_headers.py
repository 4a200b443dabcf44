"""The headers of a message, as a JSON Schema: DESIGN 5, for other programs that read a queue."""

from typing import Any

from schemas import headers

_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 0}
_TIME = {"type": "integer", "minimum": 0, "description": "milliseconds since 1970"}

_HEADERS: dict[str, dict[str, Any]] = {
    headers.ID: _TEXT | {"description": "the same through all attempts and replays: the key"},
    headers.SHOP: _TEXT | {"description": "the shop that fired it"},
    headers.RECEIVED: _TIME,
    headers.SECRET: _TEXT | {"description": "the name of the secret that its signature is made of"},
    headers.ATTEMPT: {"type": "integer", "minimum": 1},
    headers.FIRST: _TIME | {"description": "since when it is attempted, likewise"},
    headers.CONSUMER: _TEXT | {"description": "whose it is, on another attempt"},
    headers.ERROR: _TEXT | {"description": "what failed last, on another attempt"},
    headers.CRASHES: _COUNT | {"description": "how often a worker died under it"},
    headers.REPLAYS: _COUNT | {"description": "how often it was put back by an operator"},
    headers.TRACEPARENT: _TEXT | {"description": "W3C Trace Context"},
}
"""Those that whoever reads a queue may want; there are more, and any may be added."""

MESSAGE_HEADERS: dict[str, Any] = {
    "type": "object",
    "required": [headers.ID, headers.SHOP, headers.RECEIVED],
    "properties": _HEADERS,
    "patternProperties": {
        f"^{headers.HTTP}": _TEXT | {"description": "a header of the platform's request"}
    },
}

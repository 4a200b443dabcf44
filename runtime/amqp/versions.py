"""What is known of a broker's version: faults of it, told to who checks. Pure."""

import re
from collections.abc import Mapping
from typing import Any

from runtime.finding import Finding

OLDEST = (3, 10, 0)
"""Versions before it have no quorum queues that dead-letter at least once."""
MENDED = {(3, 10): 20, (3, 11): 12}
"""From which patch on a minor version sends retries on whatever its queue leaders do:
rabbitmq-server#7677.
"""

_VERSION = re.compile(r"([0-9]{1,4})\.([0-9]{1,4})(?:\.([0-9]{1,4}))?.*", re.DOTALL)


def findings_of_version(properties: Mapping[str, Any]) -> list[Finding]:
    """Say what is known of a broker that tells these properties of itself when one connects."""
    product = _text(properties.get("product"))
    version = _text(properties.get("version"))
    if product != "RabbitMQ":
        named = product or "something that does not say what it is"
        return [
            Finding(
                f"the server is {named:.40}, and Hookline is tried on RabbitMQ alone",
                "run RabbitMQ 3.10.20, 3.11.12 or later",
                is_wrong=False,
            )
        ]

    match = _VERSION.fullmatch(version)
    if match is None:
        return []
    major, minor, patch = (int(part or 0) for part in match.groups())
    if (major, minor, patch) < OLDEST:
        return [
            Finding(
                f"RabbitMQ {version} is too old: retries and dead letters could be lost",
                "run 3.10.20, 3.11.12 or later",
            )
        ]

    mended = MENDED.get((major, minor), 0)
    if patch >= mended:
        return []
    return [
        Finding(
            f"RabbitMQ {version} has a fault (rabbitmq-server#7677): retries may stay where they "
            "wait when queue leaders change quickly",
            f"run {major}.{minor}.{mended} or later",
            is_wrong=False,
        )
    ]


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    if isinstance(value, str):
        return value
    return ""

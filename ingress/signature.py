"""Whether a body is what the platform signed: HMAC-SHA256 over its raw bytes with the app's secret.
Pure.
"""

import binascii
import hmac
from collections.abc import Mapping
from enum import StrEnum

from ingress.refusals import Refusal


class Encoding(StrEnum):
    """How the platform writes the digest. Hex is for apps that ask for it: elsewhere on the
    platform the same secret signs query strings in hex, and those must not pass for webhooks.
    """

    BASE64 = "base64"
    HEX = "hex"


class Unverified(Exception):
    """The body is not proven to come from the platform."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason.value)
        self.reason = reason


def sign(body: bytes, secret: bytes, encoding: Encoding = Encoding.BASE64) -> str:
    """Return the signature as the platform writes it."""
    return _signature(body, secret, encoding).decode()


def verify(
    body: bytes, header: str, secrets: Mapping[str, bytes], encoding: Encoding = Encoding.BASE64
) -> str:
    """Return the name of the secret that the body was signed with, or raise Unverified.

    Every comparison takes the same time wherever the signatures differ, and every secret is tried,
    whichever matches.
    """
    if not header.strip():
        raise Unverified(Refusal.MISSING_SIGNATURE)
    claimed = header.encode(errors="surrogateescape")
    matching = [
        name
        for name, secret in secrets.items()
        if hmac.compare_digest(_signature(body, secret, encoding), claimed)
    ]
    if not matching:
        raise Unverified(Refusal.BAD_SIGNATURE)
    return matching[0]


def _signature(body: bytes, secret: bytes, encoding: Encoding) -> bytes:
    digest = hmac.digest(secret, body, "sha256")
    return encoded(digest, encoding)


def encoded(digest: bytes, encoding: Encoding) -> bytes:
    """Return the digest as the platform writes it."""
    if encoding is Encoding.HEX:
        return binascii.hexlify(digest)
    return binascii.b2a_base64(digest, newline=False)

"""Whether a body is what the platform signed: HMAC-SHA256 over its raw bytes with the app's secret. Pure."""

import base64
import binascii
import hmac
from collections.abc import Mapping
from enum import StrEnum

from ingress.refusals import Refusal

_BASE64_LENGTH, _HEX_LENGTH = 44, 64


class Encoding(StrEnum):
    """How the platform writes the digest. Hex is for apps that ask for it: elsewhere on the platform the same secret
    signs query strings in hex, and those must not pass for webhooks."""

    BASE64 = "base64"
    HEX = "hex"


class Unverified(Exception):
    """The body is not proven to come from the platform."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason.value)
        self.reason = reason


def sign(body: bytes, secret: bytes, encoding: Encoding = Encoding.BASE64) -> str:
    """Return the signature as the platform writes it."""
    digest = hmac.digest(secret, body, "sha256")
    return digest.hex() if encoding is Encoding.HEX else base64.b64encode(digest).decode()


def verify(body: bytes, header: str, secrets: Mapping[str, bytes], encoding: Encoding = Encoding.BASE64) -> str:
    """Return the name of the secret that the body was signed with, or raise Unverified.

    Every comparison takes the same time wherever the digests differ, and every secret is tried, whichever matches.
    """
    if not header.strip():
        raise Unverified(Refusal.MISSING_SIGNATURE)
    claimed = _digest(header, encoding)
    digests = {name: hmac.digest(secret, body, "sha256") for name, secret in secrets.items()}
    matching = [name for name, digest in digests.items() if hmac.compare_digest(digest, claimed)]
    if not matching:
        raise Unverified(Refusal.BAD_SIGNATURE)
    return matching[0]


def _digest(header: str, encoding: Encoding) -> bytes:
    try:
        if encoding is Encoding.HEX and len(header) == _HEX_LENGTH:
            return binascii.unhexlify(header.encode("ascii"))
        if encoding is Encoding.BASE64 and len(header) == _BASE64_LENGTH:
            return base64.b64decode(header.encode("ascii"), validate=True)
    except ValueError:  # not ASCII, or not of the alphabet
        pass
    raise Unverified(Refusal.BAD_SIGNATURE)

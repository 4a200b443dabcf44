"""Whether a request is what the platform signed, whichever way it signs. Pure.

A scheme is made into one function at the start, so that no table is walked for a request.
"""

import hmac
import re
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import time
from typing import NamedTuple

from ingress.platform import Claims, Platform
from ingress.refusals import Refusal
from ingress.scheme import MOST_ENTRIES, KeyForm, Scheme
from ingress.signature import Encoding, Unverified, encoded, verify
from ingress.source import said_by

Proof = Callable[[bytes, Claims], str]
"""Takes a body and what the headers claim; returns the name of the secret, or raises Unverified."""
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_WHSEC = "whsec_"


class BadKey(ValueError):
    """The secret cannot be what this platform signs with."""


class Signed(NamedTuple):
    """What a request's headers say of its signature."""

    before: bytes
    """What is signed before the body."""
    signatures: Sequence[bytes]
    timestamp: int
    """In seconds since 1970; 0 where there is none."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What an app's webhooks are proven by; `address` is ours, as the platform knows it."""

    secrets: Mapping[str, bytes]
    encoding: Encoding = Encoding.BASE64
    address: str = ""


def proof_of(platform: Platform, keys: Keys, clock: Callable[[], float] = time) -> Proof:
    """Return the function that proves the platform's webhooks. Raises BadKey."""
    secrets = keys.secrets
    encoding = keys.encoding
    scheme = platform.scheme
    if scheme.is_plain:
        return lambda body, claims: verify(body, claims.signature, secrets, encoding)

    made = {name: key_of(secret, scheme.key) for name, secret in secrets.items()}

    def prove(body: bytes, claims: Claims) -> str:
        signed = read(scheme, claims, keys.address)
        whole = signed.before + body
        matching = [
            name
            for name, key in made.items()
            if _is_among(written(scheme, key, whole, encoding), signed.signatures)
        ]
        if not matching:
            raise Unverified(Refusal.BAD_SIGNATURE)
        if scheme.is_timed and abs(clock() - signed.timestamp) > scheme.tolerance:
            raise Unverified(Refusal.STALE_SIGNATURE)
        return matching[0]

    return prove


def key_of(secret: bytes, form: KeyForm) -> bytes:
    """Return the key that a secret stands for. Raises BadKey."""
    if form is KeyForm.TEXT:
        return secret

    text = secret.decode(errors="replace").removeprefix(_WHSEC)
    try:
        key = b64decode(text, validate=True)
    except ValueError:
        key = b""
    if not key:
        raise BadKey("is not base64, which the platform's secrets are, behind whsec_")
    return key


def written(scheme: Scheme, key: bytes, signed: bytes, encoding: Encoding) -> bytes:
    """Return the signature, without what stands before it in the header."""
    digest = hmac.digest(key, signed, scheme.digest)
    return encoded(digest, encoding)


def read(scheme: Scheme, claims: Claims, address: str) -> Signed:
    """Return what the headers say of the signature; raises Unverified where that is nothing."""
    if not claims.signature.strip():
        raise Unverified(Refusal.MISSING_SIGNATURE)

    entries = [claims.signature]
    if scheme.separator:
        entries = claims.signature.split(scheme.separator)
    # A header that was sent twice has been joined by a comma and a blank.
    if len(entries) > MOST_ENTRIES or ", " in claims.signature:
        raise Unverified(Refusal.BAD_SIGNATURE)

    timestamp = _timestamp(scheme, entries, claims)
    delivery = said_by(scheme.id_headers, claims.headers)
    if scheme.id_headers and not delivery:
        raise Unverified(Refusal.MISSING_SIGNATURE)

    return Signed(
        before_body(scheme, address, timestamp, delivery),
        [_bytes(entry, scheme.prefix) for entry in entries if entry.startswith(scheme.prefix)],
        int(timestamp or "0"),
    )


def before_body(scheme: Scheme, address: str, timestamp: str, delivery: str) -> bytes:
    """Return what is signed before the body."""
    text = scheme.signed.removesuffix("{body}")
    filled = text.format(address=address, timestamp=timestamp, id=delivery)
    return filled.encode(errors="surrogateescape")


def _timestamp(scheme: Scheme, entries: Sequence[str], claims: Claims) -> str:
    """Return the digits; the empty string where none are signed."""
    if not scheme.is_timed:
        return ""

    if scheme.timestamp_headers:
        said = said_by(scheme.timestamp_headers, claims.headers)
        if not said:
            raise Unverified(Refusal.MISSING_SIGNATURE)
        stated = [said]
    else:
        begin = scheme.timestamp_prefix
        stated = [entry.removeprefix(begin) for entry in entries if entry.startswith(begin)]

    if len(stated) != 1 or not _TIMESTAMP.fullmatch(stated[0]):
        raise Unverified(Refusal.BAD_SIGNATURE)
    return stated[0]


def _bytes(entry: str, prefix: str) -> bytes:
    return entry.removeprefix(prefix).encode(errors="surrogateescape")


def _is_among(made: bytes, signatures: Sequence[bytes]) -> bool:
    """Compare with each; how long it takes tells nothing of where they differ."""
    matching = [hmac.compare_digest(made, one) for one in signatures]
    return any(matching)

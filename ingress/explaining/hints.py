"""What is seen of a request that fits in no way: where to look next."""

import json
from collections.abc import Iterator, Sequence

from ingress.explaining import secrets, signatures
from ingress.explaining.body_edits import BOM
from ingress.explaining.oddity import Oddity
from ingress.signature import Encoding

REPLACED = "\ufffd".encode()
"""What a decoder writes in place of bytes that it cannot read."""

_OTHER_SECRET = Oddity(
    "no reading of header, secret and body fits: most likely it is signed with a secret that is "
    "not given here",
    "ask the platform for the secret of the very webhook or app: one that was made by hand in a "
    "shop's administration is signed with another than an app's; during a rotation give the old "
    "one too",
    9,
)
_OTHER_BODY = Oddity(
    "or the body was changed on its way in a manner that is not tried here",
    "compare its length and SHA-256 with those of `webhook.refused` in the log, and with what was "
    "sent: the first that differs is behind what changes it",
    10,
)


def hints(
    body: bytes,
    signature: str,
    given: Sequence[bytes],
    encoding: Encoding,
    families: Sequence[str],
) -> Iterator[Oddity]:
    """Yield what may keep the signature from fitting, the likeliest first."""
    if not signature.strip():
        yield _absent(families)
        return

    if signatures.SAMPLE in signature:
        yield _SAMPLE
    yield from _of_signature(signature, encoding)
    yield from _of_body(body)
    for secret in given:
        yield from _of_secret(secret)

    yield _OTHER_SECRET
    yield _OTHER_BODY


_SAMPLE = Oddity(
    "the signature is the one that the platform's documentation shows",
    "it fits no request: sign one, as `hookline-ingress send` does",
)
_UNREADABLE = Oddity(
    "the signature is neither base64 nor hex of a digest",
    "compare the header's value with what the sender computes; something may have cut it",
)


def _absent(families: Sequence[str]) -> Oddity:
    there = ""
    if families:
        names = ", ".join(families)
        there = f"; there are headers of {names}"
    return Oddity(
        f"there is no signature{there}",
        "have it sent in the platform's header; a proxy may take away headers that it does not "
        "know, or whose names have an underscore",
    )


def _of_signature(signature: str, encoding: Encoding) -> Iterator[Oddity]:
    readings = [*signatures.readings(signature, encoding)]
    if not readings:
        yield _UNREADABLE
        return

    best = min(readings, key=lambda reading: reading.rarity)
    yield from best.oddities


def _of_body(body: bytes) -> Iterator[Oddity]:
    if not body:
        yield Oddity(
            "the body is empty",
            "capture it before anything reads it: a stream is read once",
        )
        return

    if REPLACED in body:
        yield Oddity(
            "the body holds U+FFFD: bytes in it were not UTF-8, and were replaced",
            "what they were cannot be told; capture bytes, not text",
        )
    if body.startswith(BOM):
        yield Oddity("the body begins with a byte order mark", "capture bytes; save without it")
    if body.startswith((b"{", b"[")) and not _is_json(body):
        yield Oddity(
            "the body begins as JSON and is none: cut off, or changed",
            "compare its length with the request's Content-Length",
        )


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except RecursionError:
        return True
    except ValueError:
        return False
    return True


def _of_secret(secret: bytes) -> Iterator[Oddity]:
    if not secret.strip():
        yield Oddity("a secret that is given is empty", "give the app's")
        return

    yield from secrets.seen(secret)

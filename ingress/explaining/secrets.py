"""What a secret may have been where the platform signed: other blanks, quotes, or decoded."""

import binascii
import html
import re
from base64 import b64decode, b64encode, urlsafe_b64decode
from collections.abc import Callable, Iterator
from urllib.parse import unquote_to_bytes

from ingress.explaining.oddity import Oddity, Variant

_QUOTES = b"\"'`"
_NAMED = re.compile(rb"[a-z][a-z0-9_-]*:(.+)", re.DOTALL)
_STANDARD = b"whsec_"

Edit = Callable[[bytes], bytes]


def variants(secret: bytes) -> Iterator[Variant]:
    """Yield the secret as it is, then as it may have been where the signature was made."""
    yield Variant(secret)
    for edit, oddity in _EDITS:
        edited = _tried(edit, secret)
        if edited is not None and edited != secret:
            yield Variant(edited, (oddity,))


def seen(secret: bytes) -> Iterator[Oddity]:
    """Yield what is odd about the secret, whatever was signed with it."""
    for edit, oddity in _SEEN:
        if edit(secret) != secret:
            yield oddity


def _tried(edit: Edit, secret: bytes) -> bytes | None:
    try:
        return edit(secret)
    except ValueError:
        return None


def _value(secret: bytes) -> bytes:
    match = _NAMED.fullmatch(secret)
    if match is None:
        return secret
    return match[1]


def _of_base64(secret: bytes) -> bytes:
    missing = -len(secret) % 4
    return b64decode(secret + b"=" * missing, validate=True)


def _of_url_safe(secret: bytes) -> bytes:
    missing = -len(secret) % 4
    return urlsafe_b64decode(secret + b"=" * missing)


def _of_standard(secret: bytes) -> bytes:
    if not secret.startswith(_STANDARD):
        return secret
    return _of_base64(secret.removeprefix(_STANDARD))


def _escaped(secret: bytes) -> bytes:
    text = html.escape(secret.decode())
    return text.encode()


def _in_latin_1(secret: bytes) -> bytes:
    return secret.decode().encode("latin-1")


_SENDER = "give the platform the same secret as here, or the other way round, byte by byte"
_DECODED = (
    "the platform signs with what the secret stands for, which Hookline does not decode: "
    "ask it for a secret whose text itself is the key"
)

_SEEN: tuple[tuple[Edit, Oddity], ...] = (
    (bytes.strip, Oddity("blanks stand around the secret that is given", "leave them out")),
    (
        lambda secret: secret.strip(_QUOTES),
        Oddity("quotes stand around the secret that is given", "leave them out"),
    ),
    (
        _value,
        Oddity(
            "the secret that is given begins with a name",
            "name:value is for HOOKLINE_SECRETS; give the value alone",
        ),
    ),
)
_EDITS: tuple[tuple[Edit, Oddity], ...] = (
    *_SEEN,
    (
        lambda secret: secret + b"\n",
        Oddity(
            "the platform signs with the secret and a line end behind it",
            f"{_SENDER}; `echo` writes a line end, `printf %s` none",
        ),
    ),
    (
        lambda secret: secret + b"\r\n",
        Oddity(
            "the platform signs with the secret and a line end of Windows behind it", _SENDER, 2
        ),
    ),
    (lambda secret: secret + b" ", Oddity("it signs with a blank behind the secret", _SENDER, 2)),
    (lambda secret: b" " + secret, Oddity("it signs with a blank before the secret", _SENDER, 2)),
    (
        lambda secret: b'"' + secret + b'"',
        Oddity("the platform signs with the secret and quotes around it", _SENDER, 2),
    ),
    (
        lambda secret: b"'" + secret + b"'",
        Oddity("the platform signs with the secret and quotes around it", _SENDER, 2),
    ),
    (_of_base64, Oddity("the secret is base64, and the platform decodes it", _DECODED, 2)),
    (
        binascii.unhexlify,
        Oddity("the secret is hex, and the platform decodes it", _DECODED, 2),
    ),
    (_of_url_safe, Oddity("the secret is URL-safe base64, and it is decoded", _DECODED, 3)),
    (
        _of_standard,
        Oddity("the secret is one of Standard Webhooks (whsec_ and base64)", _DECODED, 2),
    ),
    (bytes.lower, Oddity("the platform's secret is the same in lower case", _SENDER, 3)),
    (bytes.upper, Oddity("the platform's secret is the same in upper case", _SENDER, 3)),
    (
        unquote_to_bytes,
        Oddity("the secret that is given is percent-encoded", "give it as it is", 2),
    ),
    (
        _escaped,
        Oddity("the sender escapes the secret as HTML does: & becomes &amp;", _SENDER, 3),
    ),
    (_in_latin_1, Oddity("the platform's secret is in Latin-1, and ours in UTF-8", _SENDER, 3)),
    (b64encode, Oddity("the platform signs with the base64 of the secret", _SENDER, 3)),
    (binascii.hexlify, Oddity("the platform signs with the hex of the secret", _SENDER, 3)),
    (
        lambda _: b"",
        Oddity(
            "it is signed with an empty secret",
            "anybody can make this signature: give the sender the secret",
            4,
        ),
    ),
)

"""What a signature may mean: each digest that can be read from the way it is written."""

import binascii
import re
from base64 import b64decode
from collections.abc import Callable, Iterator
from urllib.parse import unquote

from ingress.explaining.oddity import Oddity, Variant
from ingress.explaining.signature_oddities import (
    BASE64_FOR_HEX,
    BLANKS,
    BROKEN,
    DIGESTS,
    HEX_FOR_BASE64,
    HEX_IN_BASE64,
    PERCENT,
    PLUS,
    PREFIX,
    QUOTES,
    SEVERAL,
    UNPADDED,
    UPPER_HEX,
    URL_SAFE,
    other_digest,
)
from ingress.signature import Encoding

SHA256_SIZE = 32
SAMPLE = "XWmrwMey6OsLMeiZKwP4FppHH3cmAiiJJAweH5Jo4bM="
"""The signature that the documentation of Spiffy and of Shopify shows."""

_QUOTED = re.compile(r"""b?(["'`])(.*)\1""", re.DOTALL)
_PREFIXED = re.compile(
    r"(?:[A-Za-z][A-Za-z0-9_-]{0,30}(?:\s*[=:]\s*| +)|v[0-9]a?,)(\S.*)", re.DOTALL
)
_SEPARATORS = re.compile(r"[,;\s]+")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}){16,}")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{20,}")


def readings(header: str, encoding: Encoding) -> Iterator[Variant]:
    """Yield each digest that the header may hold; `encoding` is what the app expects."""
    for text, oddities in _texts(header):
        for digest, written in _decoded(text, encoding):
            size = len(digest)
            if size not in DIGESTS:
                continue

            found = (*oddities, *written)
            if size != SHA256_SIZE:
                found = (*found, other_digest(size))
            yield Variant(digest, found)


def _texts(header: str) -> Iterator[tuple[str, tuple[Oddity, ...]]]:
    """Yield what is left of the header as what may stand around a signature is taken away."""
    text = header
    oddities: tuple[Oddity, ...] = ()
    yield from _whole_and_pieces(text, oddities)

    for clean, oddity in _CLEANERS:
        cleaned = clean(text)
        if cleaned != text:
            text = cleaned
            oddities = (*oddities, oddity)
            yield from _whole_and_pieces(text, oddities)


def _whole_and_pieces(
    text: str, oddities: tuple[Oddity, ...]
) -> Iterator[tuple[str, tuple[Oddity, ...]]]:
    yield text, oddities

    pieces = _SEPARATORS.split(text)
    if len(pieces) == 1:
        return
    yield text.replace(" ", "+"), (*oddities, PLUS)
    yield "".join(pieces), (*oddities, BROKEN)
    for piece in pieces:
        yield _without_prefix(piece), (*oddities, SEVERAL)


def _without_quotes(text: str) -> str:
    match = _QUOTED.fullmatch(text)
    if match is None:
        return text
    return match[2].strip()


def _without_prefix(text: str) -> str:
    match = _PREFIXED.fullmatch(text)
    if match is None:
        return text
    return match[1]


_CLEANERS: tuple[tuple[Callable[[str], str], Oddity], ...] = (
    (str.strip, BLANKS),
    (unquote, PERCENT),
    (_without_quotes, QUOTES),
    (_without_prefix, PREFIX),
)


def _decoded(text: str, encoding: Encoding) -> Iterator[tuple[bytes, tuple[Oddity, ...]]]:
    if _HEX.fullmatch(text):
        digest = bytes.fromhex(text)
        yield digest, _of_hex(text, encoding)

    oddities: tuple[Oddity, ...] = ()
    if encoding is Encoding.HEX:
        oddities = (BASE64_FOR_HEX,)

    ordinary = text.replace("-", "+").replace("_", "/")
    if ordinary != text:
        oddities = (*oddities, URL_SAFE)

    bare = ordinary.rstrip("=")
    if not _BASE64.fullmatch(bare):
        return
    digest = _of_base64(bare)
    anew = binascii.b2a_base64(digest, newline=False)
    if anew.decode() != ordinary:
        oddities = (*oddities, UNPADDED)
    yield digest, oddities

    inner = digest.decode("latin-1")
    if _HEX.fullmatch(inner):
        yield bytes.fromhex(inner), (*oddities, HEX_IN_BASE64)


def _of_hex(text: str, encoding: Encoding) -> tuple[Oddity, ...]:
    if encoding is Encoding.BASE64:
        return (HEX_FOR_BASE64,)
    if text != text.lower():
        return (UPPER_HEX,)
    return ()


def _of_base64(bare: str) -> bytes:
    """Return the bytes; none where no bytes are written so."""
    missing = -len(bare) % 4
    padded = bare + "=" * missing
    try:
        return b64decode(padded)
    except binascii.Error:
        return b""

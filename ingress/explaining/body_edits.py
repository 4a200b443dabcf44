"""What becomes of a body on its way: line ends, charset, framing. Each edit takes it back."""

import html
import re
import zlib
from collections.abc import Callable
from urllib.parse import parse_qsl, unquote_plus, unquote_to_bytes

from ingress.explaining.oddity import Oddity

MAX_UNPACKED = 64 * 1024 * 1024
"""Bytes that a compressed body is unpacked to."""
BOM = b"\xef\xbb\xbf"
_CHUNK = re.compile(rb"([0-9a-fA-F]{1,7})[^\r\n]*\r\n")

Edit = Callable[[bytes], bytes]
"""Raises ValueError or zlib.error where a body is not of its kind."""


def _chunks(body: bytes) -> bytes:
    """Return what is in the chunks of a chunked body; raises ValueError where it is none."""
    content = bytearray()
    at = 0
    while True:
        match = _CHUNK.match(body, at)
        if match is None:
            raise ValueError("no chunk")

        size = int(match[1], 16)
        begin = match.end()
        at = begin + size + 2
        if not size:
            return bytes(content)
        content += body[begin : begin + size]


def _unpacked(body: bytes) -> bytes:
    either = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    return either.decompress(body, MAX_UNPACKED)


def _form_field(body: bytes) -> bytes:
    """Return the field that is the webhook, as GitHub sends it; raises ValueError."""
    fields = dict(parse_qsl(body.decode(), strict_parsing=True))
    for name in ("payload", "data", "body"):
        if name in fields:
            return fields[name].encode(errors="surrogateescape")
    raise ValueError("no such field")


def _sorted_form(body: bytes) -> bytes:
    text = body.decode()
    parse_qsl(text, strict_parsing=True)
    return "&".join(sorted(text.split("&"))).encode()


def _recoded(before: str, after: str) -> Edit:
    """Return what takes text in one charset for text in another."""
    return lambda body: body.decode(before).encode(after)


def _lf(body: bytes) -> bytes:
    return body.replace(b"\r\n", b"\n")


def _crlf(body: bytes) -> bytes:
    return _lf(body).replace(b"\n", b"\r\n")


def _html_unescaped(body: bytes) -> bytes:
    return html.unescape(body.decode()).encode()


def _spaces_for_plus(body: bytes) -> bytes:
    return unquote_plus(body.decode(), errors="strict").encode()


_RAW = "verify and capture the bytes of the request as they came"
_FILE = f"{_RAW}; an editor, `echo` or a shell changes them: use `curl --data-binary @FILE`"
_CHARSET = f"{_RAW}; the sender signs the bytes that it sends, in the charset in which it does"

NEWLINE = Oddity("a line end stands behind the body that was none of what was signed", _FILE)
NO_NEWLINE = Oddity("the line end behind the signed body is missing", _FILE)
IN_UTF_8 = Oddity("it was signed in UTF-8, and the body is in another charset", _CHARSET, 2)
IN_LATIN_1 = Oddity("it was signed in Latin-1, and the body is in UTF-8", _CHARSET, 2)
IN_1252 = Oddity("it was signed in Windows-1252, and the body is in UTF-8", _CHARSET, 3)
IN_UTF_16 = Oddity("it was signed in UTF-16, and the body is in UTF-8", _CHARSET, 3)

_ALL_EDITS: tuple[tuple[Edit, Oddity], ...] = (
    (lambda body: body.rstrip(b"\r\n"), NEWLINE),
    (lambda body: body + b"\n", NO_NEWLINE),
    (lambda body: body + b"\r\n", NO_NEWLINE),
    (_lf, Oddity("line ends of the body became CRLF, and were LF when it was signed", _FILE, 2)),
    (_crlf, Oddity("line ends of the body became LF, and were CRLF when it was signed", _FILE, 2)),
    (bytes.strip, Oddity("blanks stand around the body that were not signed", _FILE, 2)),
    (
        lambda body: body.removeprefix(BOM),
        Oddity("a byte order mark stands before the body, and was not signed", _FILE, 2),
    ),
    (
        lambda body: BOM + body,
        Oddity("the byte order mark before the signed body is missing", _FILE, 2),
    ),
    (_recoded("utf-8", "latin-1"), IN_LATIN_1),
    (_recoded("latin-1", "utf-8"), IN_UTF_8),
    (_recoded("utf-8", "cp1252"), IN_1252),
    (_recoded("cp1252", "utf-8"), IN_UTF_8),
    (_recoded("utf-16", "utf-8"), IN_UTF_8),
    (_recoded("utf-8", "utf-16-le"), IN_UTF_16),
    (_recoded("utf-8", "utf-16-be"), IN_UTF_16),
    (
        lambda _: b"",
        Oddity(
            "an empty body was signed",
            "have the sender sign what it sends: its stream was read before it was signed, or the "
            "body is set only later",
            3,
        ),
    ),
    (
        _form_field,
        Oddity("one field of the form was signed, not the form", "send that field as the body", 2),
    ),
    (_sorted_form, Oddity("the form was signed with its fields in order", _RAW, 3)),
    (
        _spaces_for_plus,
        Oddity("the body is percent-encoded as a form, and was signed before that", _RAW, 2),
    ),
    (unquote_to_bytes, Oddity("the body is percent-encoded, and was signed before that", _RAW, 2)),
    (_html_unescaped, Oddity("the body is escaped as HTML, and was signed before that", _RAW, 3)),
    (
        _chunks,
        Oddity("the body still has the sizes of its chunks in it", f"{_RAW}, without framing", 2),
    ),
    (
        _unpacked,
        Oddity(
            "the body is compressed, and was signed before that",
            "have the sender leave it uncompressed: Hookline takes no Content-Encoding",
            2,
        ),
    ),
    (
        lambda body: body.partition(b"\r\n\r\n")[2] or body,
        Oddity("the file has headers before the body", "give the body, or begin with POST …", 2),
    ),
)
EDITS = sorted(_ALL_EDITS, key=lambda edit: edit[1].rarity)
"""The likeliest first."""

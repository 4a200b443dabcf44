"""JSON as others would write it: whoever parses a body and writes it again breaks its signature.

A number is kept as it was written, unless a writer is known to change it.
"""

import json
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from ingress.explaining.json_styles import ESCAPES, LAYOUTS, MARK, NUMBERS, Style, marked
from ingress.explaining.oddity import Oddity, Variant


def rewritten(body: bytes) -> Iterator[Variant]:
    """Yield the body, where it is JSON, in each way in which it is commonly written."""
    try:
        text = _text(body)
        value = json.loads(text, parse_int=marked, parse_float=marked, parse_constant=marked)
        yield from _inner(value)
        yield from _each_way(value)
        yield _as_text(text)
    except (ValueError, RecursionError):
        return


def _each_way(value: Any) -> Iterator[Variant]:
    for layout, order in product(LAYOUTS, ("", _SORTED)):
        with_marks = json.dumps(
            value,
            ensure_ascii=False,
            separators=layout.separators,
            indent=layout.indent,
            sort_keys=bool(order),
        )
        for numbers, plain in _each_once(with_marks, NUMBERS):
            for escapes, written in _each_once(plain, ESCAPES):
                oddity = _otherwise(layout.told, order, escapes, numbers)
                yield Variant(_bytes(written), (oddity,))


def _each_once(text: str, styles: Mapping[str, Style]) -> Iterator[tuple[str, str]]:
    """Yield the text in each style that makes another of it, with the style's name."""
    seen: set[int] = set()
    for told, write in styles.items():
        written = write(text)
        known = hash(written)
        if known not in seen:
            seen.add(known)
            yield told, written


def _otherwise(layout: str, order: str, escapes: str, numbers: str) -> Oddity:
    """Say how the body was written when it was signed, and who writes so."""
    further = [told for told in (order, escapes) if told]
    style = ", ".join((layout, *further))
    writer = _WRITERS.get(style, "")
    if numbers:
        further.append(numbers)
        style = f"{style}, {numbers}"
    return Oddity(
        f"the body is JSON that was parsed and written again: it was signed {style}{writer}",
        "verify and capture the bytes of the request as they came, before anything parses them "
        "(a middleware, a proxy, a gateway); the sender signs the bytes that it sends",
        2 + len(further),
    )


_SORTED = "its keys sorted"
_WRITERS = {
    "without blanks": ", as JavaScript's JSON.stringify or Ruby's to_json writes",
    "with a blank behind each comma and colon": ", as Python's json.dumps writes ASCII",
    "with a blank behind each comma and colon, all but ASCII as \\u": (
        ", as Python's json.dumps writes"
    ),
    "without blanks, / as \\/": ", as PHP's json_encode writes ASCII",
    "without blanks, all but ASCII as \\u, / as \\/": ", as PHP's json_encode writes",
    "without blanks, &, < and > as \\u": ", as Rails or Go writes",
    "without blanks, its keys sorted, &, < and > as \\u": ", as Go writes a map",
    "indented by two": ", as jq or JSON.stringify(…, 2) writes",
    "indented by four": ", as a pretty printer writes",
}


def _inner(value: Any) -> Iterator[Variant]:
    """Yield the text that the body is a JSON string of."""
    is_number = isinstance(value, str) and value.startswith(MARK)
    if isinstance(value, str) and not is_number:
        oddity = Oddity(
            "the body is a JSON string with the signed body in it: it was encoded twice",
            "have the sender encode once, and sign the bytes that it sends",
            3,
        )
        yield Variant(_bytes(value), (oddity,))


def _as_text(text: str) -> Variant:
    """Return the body as one JSON string."""
    oddity = Oddity(
        "it was signed as a JSON string that has the body in it: encoded twice",
        "have the sender encode once, and sign the bytes that it sends",
        4,
    )
    return Variant(_bytes(json.dumps(text)), (oddity,))


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("latin-1")


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")

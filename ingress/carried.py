"""What is carried along of a platform's headers, as AMQP can hold it. Pure."""

from collections.abc import Collection, Mapping

MAX_HEADER_NAME = 120
"""Characters of a header's name that is carried along: the AMQP client cuts names at 128 bytes."""
MAX_CARRIED = 16 * 1024
"""Bytes of platform headers carried along: a table larger than an AMQP frame costs the link."""


def carried(headers: Mapping[str, str], meaningful: Collection[str]) -> dict[str, str]:
    """Return what is carried along of these headers; what does not fit is left out.

    Those that have a meaning come first. Values hold what AMQP can: bytes that are not UTF-8 are
    read as Latin-1.
    """
    text = "".join(headers) + "".join(headers.values())
    if len(text) <= MAX_CARRIED and text.isascii():
        longest = max(map(len, headers), default=0)
        if longest <= MAX_HEADER_NAME:
            return dict(headers)
    return _fitting(headers, meaningful)


def _fitting(headers: Mapping[str, str], meaningful: Collection[str]) -> dict[str, str]:
    chosen: dict[str, str] = {}
    room = MAX_CARRIED
    for name in sorted(headers, key=lambda name: name not in meaningful):
        value, size = _plain(headers[name])
        room -= size
        room -= len(name)
        if room >= 0 and len(name) <= MAX_HEADER_NAME:
            chosen[name] = value
    return chosen


def _plain(value: str) -> tuple[str, int]:
    """Return the value as AMQP can hold it, and how many bytes it takes."""
    if value.isascii():
        return value, len(value)

    try:
        return value, len(value.encode())
    except UnicodeEncodeError:  # aiohttp keeps stray bytes as surrogates
        value = value.encode(errors="surrogateescape").decode("latin-1")
        return value, len(value.encode())

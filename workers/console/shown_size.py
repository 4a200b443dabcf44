"""How many bytes a text takes on a page, and texts that take no more than they may. Pure."""

from schemas.printable import MARK, cut, cut_to_end, printable_block

_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;"})
"""As the templates escape."""


def shown_size(text: str) -> int:
    """Return the bytes of a text as it stands on a page: what is escaped takes several."""
    written = printable_block(text)
    escaped = written.translate(_ESCAPED)
    raw = escaped.encode(errors="replace")
    return len(raw)


def fitted(text: str, most: int) -> str:
    """Return the text, or of a longer one its start and a mark: so many bytes on a page, at most.

    `most` has room for the mark.
    """
    shown = cut(text, most)
    while (size := shown_size(shown)) > most:
        kept = len(shown) * most // size
        shown = shown[:kept].removesuffix(MARK)[:-1] + MARK
    return shown


def fitted_end(text: str, most: int) -> str:
    """Return the text, or of a longer one a mark and its end: no more either."""
    shown = cut_to_end(text, most)
    while (size := shown_size(shown)) > most:
        kept = len(shown) * most // size
        shown = MARK + shown[len(shown) - kept :].removeprefix(MARK)[1:]
    return shown

"""Tables for people: columns as wide as what stands in them."""

from collections.abc import Iterable, Sequence

from schemas.printable import printable


def columns(heads: Sequence[str], rows: Iterable[Sequence[str]], left: int) -> Iterable[str]:
    """Yield the lines of a table: its first columns are aligned to the left, the rest to the right.

    What strangers wrote moves no cursor.
    """
    whole = [heads, *(tuple(map(printable, row)) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*whole, strict=True)]
    for row in whole:
        cells = []
        for at, (cell, width) in enumerate(zip(row, widths, strict=True)):
            aligned = cell.ljust(width) if at < left else cell.rjust(width)
            cells.append(aligned)
        yield "  ".join(cells).rstrip()

"""Documents of which a part is written by a program: what stands between two markers."""

BEGIN = "<!-- bench: written by `python -m tests.bench.readme` -->"
END = "<!-- bench: end -->"


def rewritten(document: str, new: str, begin: str = BEGIN, end: str = END) -> str:
    """Return a document with what stands between the markers replaced.

    Raises ValueError where they are missing.
    """
    head, found_begin, rest = document.partition(begin)
    _, found_end, tail = rest.partition(end)
    if not found_begin or not found_end:
        raise ValueError(f"the document lacks the markers {begin} and {end}")
    return f"{head}{begin}\n{new}\n{end}{tail}"

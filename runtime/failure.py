"""What is told of an exception: a line, or a page with its traceback. Pure.

It may be anything: made of somebody's data, megabytes long, with a `__str__` that raises, a
thousand causes or members. Nothing here raises, and all of it is bounded in time and in size, and
printable.
"""

import traceback
from collections.abc import Iterator

from pydantic import ValidationError

from schemas.dead_letter import MAX_ERROR, MAX_TRACEBACK
from schemas.printable import cut, cut_to_end, printable, printable_block

MAX_LINKS = 8
"""Exceptions of a chain of causes that are told, the latest ones."""
MAX_FRAMES = 64
"""Frames of a traceback that are told, the innermost ones: more do not fit a page."""
MAX_MEMBERS = 4
"""Members of an exception group that are told.

Of a member that is a group itself as many again, and no deeper.
"""
MAX_GROUP_DEPTH = 2
MAX_NOTES = 8
MAX_FIELDS = 1_000
"""Wrong fields up to which they are named: to name some of them, pydantic describes them all."""

_BECAUSE = "\nThe above exception was the direct cause of the following exception:\n\n"
_DURING = "\nDuring handling of the above exception, another exception occurred:\n\n"


def one_line(error: BaseException) -> str:
    """Return the exception's type and text on one line, MAX_ERROR bytes at most."""
    name = _name(error)
    text = text_of(error)
    return _bounded(f"{name}: {text}")


def text_of(error: BaseException) -> str:
    """Return the exception's text alone, on one line and bounded.

    Of a validation error it is only which fields are wrong.
    """
    try:
        if isinstance(error, ValidationError):
            return wrong_fields(error)  # its own text would quote the body

        text = str(error)
        return _bounded(text)
    except BaseException as broken:  # noqa: BLE001 - an author's __str__ may raise anything, and it is no failure of ours
        name = _name(broken)
        return f"<no text: str() raised {name}>"


def wrong_fields(error: ValidationError) -> str:
    """Say which fields are wrong and why, without the values: they are somebody's data."""
    count = error.error_count()
    if count > MAX_FIELDS:
        return f"{count} fields are wrong"

    problems = error.errors(include_input=False, include_url=False, include_context=False)
    told: list[str] = []
    for problem in problems:
        steps = map(str, problem["loc"])
        field = ".".join(steps) or "body"
        wrong = problem["msg"]
        told.append(f"{field}: {wrong}")

    whole = "; ".join(told)
    return _bounded(whole)


def with_traceback(error: BaseException) -> str:
    """Return the exception with its traceback and causes, as Python prints them.

    Of more than MAX_TRACEBACK bytes it is the end.
    """
    try:
        pages = list(_chain(error))
    except BaseException as broken:  # noqa: BLE001 - as above; attributes may be properties of an author's
        line = one_line(error)
        pages = [f"{line}\n<no traceback: reading it raised {_name(broken)}>\n"]

    text = "".join(pages)
    end = printable_block(text[-MAX_TRACEBACK:])
    return cut_to_end(end, MAX_TRACEBACK)


def _bounded(text: str) -> str:
    # A slice is a plain string, whatever the text's own class makes of one.
    head = str.__getitem__(text, slice(0, MAX_ERROR + 1))
    shown = printable(head)
    return cut(shown, MAX_ERROR)


def _name(error: BaseException) -> str:
    # Asked of `type` itself: a metaclass of an author's may answer anything.
    ask = type.__dict__["__name__"].__get__
    name = ask(type(error))
    head = name[:MAX_ERROR]
    return printable(head)


def _chain(error: BaseException) -> Iterator[str]:
    """Yield the pages of an exception and of what led to it, the oldest first."""
    for one, relation in reversed(_links(error)):
        yield from _page(one, MAX_GROUP_DEPTH)
        yield relation


def _links(error: BaseException) -> list[tuple[BaseException, str]]:
    """Return the exception and what led to it, the latest first.

    Each comes with the words that stand between it and the one that was raised after it.
    """
    links: list[tuple[BaseException, str]] = []
    seen = set[int]()
    one: BaseException | None = error
    relation = ""

    while one is not None and id(one) not in seen:
        seen.add(id(one))
        links.append((one, relation))
        if len(links) == MAX_LINKS:
            break

        if one.__cause__ is not None:
            relation = _BECAUSE
            one = one.__cause__
        elif one.__suppress_context__:
            break
        else:
            relation = _DURING
            one = one.__context__
    return links


def _page(error: BaseException, depth: int) -> Iterator[str]:
    """Yield an exception as Python prints it: frames, type and text, notes, members."""
    if error.__traceback__ is not None:
        yield "Traceback (most recent call last):\n"
        yield from traceback.format_tb(error.__traceback__, limit=-MAX_FRAMES)

    module = _module(error)
    line = one_line(error)
    yield f"{module}{line}\n"

    for note in _notes(error):
        yield f"{note}\n"

    if isinstance(error, BaseExceptionGroup) and depth:
        yield from _members(error, depth)


def _module(error: BaseException) -> str:
    module = type(error).__module__
    if module in ("builtins", "__main__"):
        return ""

    head = str(module)[:MAX_ERROR]
    name = printable(head)
    return f"{name}."


def _notes(error: BaseException) -> list[str]:
    notes = getattr(error, "__notes__", [])
    if not isinstance(notes, list):
        return []

    last = notes[-MAX_NOTES:]
    texts = [note for note in last if isinstance(note, str)]
    return list(map(_bounded, texts))


def _members(group: BaseExceptionGroup[BaseException], depth: int) -> Iterator[str]:
    members = group.exceptions
    for number, member in enumerate(members[:MAX_MEMBERS], 1):
        pieces = _page(member, depth - 1)
        page = "".join(pieces)
        yield f"  member {number}:\n"
        for text in page.splitlines():
            yield f"  | {text}\n"

    more = len(members) - MAX_MEMBERS
    if more > 0:
        yield f"  and {more} more\n"

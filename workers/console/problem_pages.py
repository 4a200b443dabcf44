"""Which page shows more of a problem: the one that stands for the command that does. Pure."""

import shlex

from workers.console.filter_box import write_box
from workers.console.presentation import query

WORKERS = "hookline-workers"


PAGES = {
    ("pause",): "/log",
    ("waiting", "list"): "/waiting",
    ("dead-letters", "groups"): "/dead-letters",
    ("dead-letters", "sequences"): "/dead-letters",
}


def page_of(command: str) -> str:
    """Return a page and its filter (`/dead-letters?q=consumer:erp`); empty where none shows it."""
    program, *words = shlex.split(command)
    for named, page in PAGES.items():
        begins = tuple(words[: len(named)])
        if program != WORKERS or begins != named:
            continue

        if "--unrouted" in words:
            return "/unrouted"
        if named == ("pause",):
            return f"{page}{query(q='paused')}"
        box = write_box(consumer=_option(words, "--consumer"), topic=_option(words, "--topic"))
        return f"{page}{query(q=box)}"
    return ""


def _option(words: list[str], name: str) -> str:
    if name not in words:
        return ""
    at = words.index(name)
    return words[at + 1]

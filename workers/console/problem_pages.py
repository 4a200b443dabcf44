"""Which page shows more of a problem: the one that stands for the command that does. Pure."""

import shlex

from workers.console.filter_box import write_box
from workers.console.presentation import query

WORKERS = "hookline-workers"


def page_of(command: str) -> str:
    """Return a page and its filter (`/dead-letters?q=consumer:erp`); empty where none shows it."""
    words = shlex.split(command)
    if words[:2] == [WORKERS, "pause"]:
        return f"/log{query(q='paused')}"
    if words[:2] == [WORKERS, "waiting"]:
        return "/waiting"
    if words[:3] != [WORKERS, "dead-letters", "groups"]:
        return ""
    if "--unrouted" in words:
        return "/unrouted"

    box = write_box(consumer=_option(words, "--consumer"), topic=_option(words, "--topic"))
    return f"/dead-letters{query(q=box)}"


def _option(words: list[str], name: str) -> str:
    if name not in words:
        return ""
    at = words.index(name)
    return words[at + 1]

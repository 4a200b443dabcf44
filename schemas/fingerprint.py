"""The fingerprint of a dead letter: the same where the same went wrong at the same place. Pure.

It is made of the reason, the error's type and the deepest frame of the author's own code. Line
numbers and folders above the last are left out: they change with each release.
"""

import os
import re
from hashlib import sha256

from schemas.printable import printable

DIGITS = 8
"""Hexadecimal ones of a fingerprint."""

FORM = re.compile(rf"[0-9a-f]{{{DIGITS}}}")
"""What a fingerprint looks like."""

_FRAME = re.compile(r'^[ |]*File "([^"\n]+)", line \d+, in (.+)$', re.MULTILINE)
_TYPE = re.compile(r"[^\W\d]\w*(?=:|$)")

_PACKAGES = ("schemas", "runtime", "ingress", "workers")
_INSTALLED = re.compile(r"[/\\](?:site|dist)-packages[/\\](?P<package>\w+)")
_OF_PYTHON = re.compile(r"[/\\]lib(?:64)?[/\\]python3\.\d+[/\\]")
_LIBRARY = os.path.dirname(os.__file__) + os.sep  # noqa: PTH120 - paths are only compared here
_HERE = os.path.dirname(os.path.dirname(__file__))  # noqa: PTH120
_OURS = tuple(os.path.join(_HERE, package, "") for package in _PACKAGES)  # noqa: PTH118


def fingerprint(reason: str, error: str, traceback: str) -> str:
    """Return the fingerprint of a letter by what its headers say; they may say nothing.

    `error` is its type and text on one line, `traceback` as Python prints it: the latest cause
    last.
    """
    kind = _type_of(error)
    if reason == "invalid_payload" and not traceback:
        kind = ""  # which fields are wrong: the first word is a field's

    told = f"{reason}\n{kind}\n{own_frame(traceback)}"
    raw = told.encode(errors="backslashreplace")
    return sha256(raw).hexdigest()[:DIGITS]


def own_frame(traceback: str) -> str:
    """Return the deepest frame of the author's own code: `shop/erp.py in book`; or nothing.

    An error that was raised without a frame of its own, as a time-out is, has that of its cause.
    Where all of the author's code is an installed package, it is the outermost frame of those.
    """
    own = ""
    installed = ""
    for path, function in _FRAME.findall(traceback):
        file = _last_two(path)
        place = f"{file} in {function}"
        if _is_own(path):
            own = place
        elif not installed and _is_of_a_package(path):
            installed = place
    return printable(own or installed)


def _type_of(error: str) -> str:
    found = _TYPE.match(error)
    if found is None:
        return ""
    return found[0]


def _is_own(path: str) -> bool:
    if path.startswith(("<", _LIBRARY, *_OURS)):
        return False
    return not _INSTALLED.search(path) and not _OF_PYTHON.search(path)


def _is_of_a_package(path: str) -> bool:
    found = _INSTALLED.search(path)
    return found is not None and found["package"] not in _PACKAGES


def _last_two(path: str) -> str:
    steps = path.replace("\\", "/").split("/")
    return "/".join(steps[-2:])

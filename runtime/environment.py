"""How settings are read: from the environment, and each `…_FILE` variant from a file.

A blank value is as good as none, so that an environment file can list every setting. A variable
that begins with our prefix and is neither a setting of one of the commands nor a service link is
refused, with the nearest name.
"""

import difflib
import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from runtime.service_links import is_service_link
from runtime.setting_examples import EXAMPLES, LISTS_FROM_FILES
from runtime.setting_types import escaped, is_unset, kind
from runtime.settings import ELSEWHERE, ENVIRONMENT, PREFIX, SECRET_SETTINGS, Place

_COMMENT = re.compile(r"(?:^|\s)#")
_QUOTED = re.compile(r"""(["']).*\1""", re.DOTALL)


def settings_from(
    environment: Mapping[str, str], names: Collection[str], problems: list[str]
) -> dict[str, str]:
    """Return the texts of these settings, where they are set.

    What is wrong is added to the problems; so is any other variable of our prefix, which may be a
    name that was misspelt.
    """
    ours = _of_our_prefix(environment)
    problems += _misspelt(ours)

    values: dict[str, str] = {}
    for name, value in ours.items():
        key = name.removeprefix(PREFIX)
        values[key.lower()] = _as_meant(name, value, problems)
    return from_files(values, names, ENVIRONMENT, problems)


def _of_our_prefix(environment: Mapping[str, str]) -> dict[str, str]:
    ours: dict[str, str] = {}
    for name, value in environment.items():
        has_prefix = name.upper().startswith(PREFIX)
        if has_prefix and not is_service_link(name, value):
            ours[name] = value
    return ours


def _misspelt(variables: Iterable[str]) -> list[str]:
    known = set[str]()
    for key in (*EXAMPLES, *ELSEWHERE):
        name = PREFIX + key.upper()
        known.add(name)
        known.add(f"{name}_FILE")

    unknown = set(variables) - known
    return [not_known(name, known) for name in sorted(unknown)]


def _as_meant(variable: str, value: str, problems: list[str]) -> str:
    """Return the value; where quotes or a comment are in it, say so.

    A shell takes them away. The environment files of Docker, Kubernetes and systemd keep some of
    them, and then no signature matches but one that is made with the comment.
    """
    bare = value.strip()
    if _COMMENT.search(bare):
        wrong = "a comment stands behind the = and counts as part of it; give it a line of its own"
        problems.append(f"{variable}: {wrong}")
        before, *_ = _COMMENT.split(bare)
        return before

    if _QUOTED.fullmatch(bare):
        wrong = "the quotes around it count as part of it; leave them out"
        problems.append(f"{variable}: {wrong}")
        return bare[1:-1]

    return value


def not_known(name: str, known: Iterable[str], before: str = "") -> str:
    """Say that a name is no setting, and which may be meant."""
    shown = escaped(name)
    problem = f"{before}{shown} is no setting"

    by_upper = {one.upper(): one for one in known}
    near = difflib.get_close_matches(name.upper(), by_upper, 1)
    if not near:
        return problem

    meant = by_upper[near[0]]
    return f"{problem}; did you mean {meant}?"


def from_files(
    written: Mapping[str, Any], names: Collection[str], place: Place, problems: list[str]
) -> dict[str, Any]:
    """Return what is set of these settings; a `…_file` key stands for what its file holds."""
    said = {name: value for name, value in written.items() if not is_unset(value)}
    values = {name: said[name] for name in names if name in said}

    for name in names:
        file_key = f"{name}_file"
        path = said.get(file_key)
        if path is None:
            continue

        if name in values:
            one = place.name(name)
            other = place.name(file_key)
            problems.append(f"{one} and {other} are both set; keep one")

        text = _text_of_file(path, name, place, problems)
        if text:
            values.setdefault(name, text)

    return values


def _text_of_file(path: Any, name: str, place: Place, problems: list[str]) -> str:
    """Return what the file holds; where that is nothing, say so: who names a file means a value,
    unless it is a list of what there may be none of.
    """
    key = place.name(f"{name}_file")
    example = f"for example /run/secrets/{name}"
    if not isinstance(path, str):
        given = kind(path)
        problems.append(f"{key}: a file's path is wanted, not {given}; {example}")
        return ""

    written = f"{key}={escaped(path)}"
    # What is no absolute path may be the secret itself, in the wrong variable.
    if name in SECRET_SETTINGS and not path.startswith("/"):
        written = key

    try:
        text = read_text(path)
    except (OSError, ValueError) as error:
        reason = why_unreadable(error)
        problems.append(f"{written}: {reason}; {example}")
        return ""

    if not text and name not in LISTS_FROM_FILES:
        advice = f"write the value into it, or leave {key} out"
        problems.append(f"{written}: the file is empty; {advice}")
    return text


def read_text(path: str) -> str:
    """Return a file's text without blanks around it, nor the mark that some editors put first."""
    file = Path(path.strip())
    text = file.read_text(encoding="utf-8-sig")
    return text.strip()


def why_unreadable(error: Exception) -> str:
    """Say why a file cannot be read, without its path or its bytes."""
    match error:
        case OSError(strerror=str(reason)):
            return reason
        case UnicodeDecodeError():
            return "not text in UTF-8"
        case _:
            return str(error)


def overriding(environment: Mapping[str, str], **settings: str) -> dict[str, str]:
    """Return the environment with these settings, instead of what it had of them or their files."""
    told = dict(environment)
    for name, value in settings.items():
        variable = PREFIX + name.upper()
        told[variable] = value
        told.pop(f"{variable}_FILE", None)

    return told

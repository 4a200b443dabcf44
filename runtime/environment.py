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
from runtime.setting_types import escaped, is_unset, kind
from runtime.settings import ELSEWHERE, ENVIRONMENT, EXAMPLES, PREFIX, SECRET_SETTINGS, Place

_COMMENT = re.compile(r"(?:^|\s)#")


def settings_from(
    environment: Mapping[str, str], names: Collection[str], problems: list[str]
) -> dict[str, str]:
    """Return the texts of these settings, where they are set.

    What is wrong is added to the problems; so is any other variable of our prefix, which may be a
    name that was misspelt.
    """
    ours = {
        name: value
        for name, value in environment.items()
        if name.upper().startswith(PREFIX) and not is_service_link(name, value)
    }
    problems += _misspelt(ours)

    values: dict[str, str] = {}
    for name, value in ours.items():
        key = name.removeprefix(PREFIX).lower()
        values[key] = _as_meant(name, value, problems)
    return from_files(values, names, ENVIRONMENT, problems)


def _misspelt(variables: Iterable[str]) -> list[str]:
    known = {PREFIX + name.upper() for name in [*EXAMPLES, *ELSEWHERE]}
    known |= {f"{name}_FILE" for name in known}

    unknown = [name for name in sorted(variables) if name not in known]
    return [not_known(name, known) for name in unknown]


def _as_meant(variable: str, value: str, problems: list[str]) -> str:
    """Return the value; where quotes or a comment are in it, say so.

    A shell takes them away. The environment files of Docker, Kubernetes and systemd keep some of
    them, and then no signature matches but one that is made with the comment.
    """
    bare = value.strip()
    if _COMMENT.search(bare):
        advice = "give it a line of its own"
        problems.append(
            f"{variable}: a comment stands behind the = and counts as part of it; {advice}"
        )
        return _COMMENT.split(bare)[0]

    if len(bare) > 1 and bare[0] == bare[-1] and bare[0] in "\"'":
        problems.append(f"{variable}: the quotes around it count as part of it; leave them out")
        return bare[1:-1]

    return value


def not_known(name: str, known: Iterable[str], before: str = "") -> str:
    """Say that a name is no setting, and which may be meant."""
    problem = f"{before}{escaped(name)} is no setting"
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
    values = {name: value for name, value in said.items() if name in names}

    for name in names:
        file_key = f"{name}_file"
        path = said.get(file_key)
        if path is None:
            continue

        if name in said:
            problems.append(f"{place.name(name)} and {place.name(file_key)} are both set; keep one")
        text = _read(path, name, place, problems)
        if text:
            values.setdefault(name, text)

    return values


def _read(path: Any, name: str, place: Place, problems: list[str]) -> str:
    """Return what the file holds; where that is nothing, say so: who names a file means a value."""
    key = place.name(f"{name}_file")
    example = f"for example /run/secrets/{name}"
    if not isinstance(path, str):
        problems.append(f"{key}: a file's path is wanted, not {kind(path)}; {example}")
        return ""

    # What is no absolute path may be the secret itself, in the wrong variable.
    shown = f"={escaped(path)}"
    if name in SECRET_SETTINGS and not path.startswith("/"):
        shown = ""
    try:
        text = read_text(path)
    except (OSError, ValueError) as error:
        problems.append(f"{key}{shown}: {why_unreadable(error)}; {example}")
        return ""

    if not text:
        problems.append(
            f"{key}{shown}: the file is empty; write the value into it, or leave {key} out"
        )
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

"""`python -m deploy.release_notes 0.2.0`: what CHANGELOG.md says of a version."""

import re
import sys
from collections.abc import Sequence
from pathlib import Path

CHANGELOG = Path(__file__).resolve().parents[1] / "CHANGELOG.md"
_HEADING = re.compile(r"^## \[?(?P<version>[^\s\]:]+).*\n", re.MULTILINE)
"""`## 0.2.0`, `## [0.2.0] - 2026-11-25`, `## Unreleased: the second edition`."""


class NoNotesError(LookupError):
    """The changelog says nothing of a version; the message names it and those it speaks of."""


def notes(changelog: str, version: str) -> str:
    """Return a version's section; raises NoNotesError."""
    sections: dict[str, str] = {}
    headings = list(_HEADING.finditer(changelog))
    ends = [heading.start() for heading in headings[1:]]
    ends.append(len(changelog))
    for heading, end in zip(headings, ends, strict=True):
        text = changelog[heading.end() : end]
        sections[heading["version"]] = text.strip()

    found = sections.get(version)
    if found is None:
        raise NoNotesError(
            f"CHANGELOG.md has no section {version}; there are {', '.join(sections)}"
        )
    if not found:
        raise NoNotesError(f"CHANGELOG.md says nothing under {version}; write what has changed")
    return found


def main(arguments: Sequence[str]) -> int:
    """Print the notes of a version, and return the exit code."""
    if len(arguments) != 1:
        print("usage: python -m deploy.release_notes VERSION", file=sys.stderr)
        return 2

    try:
        found = notes(CHANGELOG.read_text(encoding="utf-8"), arguments[0])
    except NoNotesError as error:
        print(error, file=sys.stderr)
        return 1

    print(found)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

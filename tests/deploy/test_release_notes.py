"""A version's section of the changelog, as the notes of its release."""

import subprocess
import sys

import pytest

from deploy.release_notes import CHANGELOG, NoNotesError, notes

TEXT = """\
# Changelog

What comes before the first heading is nobody's.

## Unreleased: the next one

### Added

- Not yet.

## [0.2.0] - 2026-11-25

- Two.

### Fixed

- A fault.

## 0.1.1

## 0.1.0
- One.
"""


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("Unreleased", "### Added\n\n- Not yet."),
        ("0.2.0", "- Two.\n\n### Fixed\n\n- A fault."),
        ("0.1.0", "- One."),
    ],
)
def test_the_notes_are_what_stands_under_the_versions_heading(version: str, expected: str) -> None:
    assert expected == notes(TEXT, version)


@pytest.mark.parametrize("version", ["0.3.0", "0.2", "", "v0.2.0"])
def test_a_version_without_a_section_is_named_with_those_that_have_one(version: str) -> None:
    told = f"no section {version}; there are Unreleased, 0.2.0, 0.1.1, 0.1.0"
    with pytest.raises(NoNotesError, match=told):
        notes(TEXT, version)


def test_a_section_that_says_nothing_makes_no_notes() -> None:
    with pytest.raises(NoNotesError, match=r"says nothing under 0\.1\.1"):
        notes(TEXT, "0.1.1")


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["0.1.0"], 0, "The first edition"),
        (["9.9"], 1, "no section 9.9; there are Unreleased, "),
        ([], 2, "usage: "),
    ],
)
def test_the_command_prints_what_our_own_changelog_says(
    arguments: list[str], code: int, told: str
) -> None:
    command = [sys.executable, "-m", "deploy.release_notes", *arguments]
    done = subprocess.run(
        command, cwd=CHANGELOG.parent, capture_output=True, text=True, check=False
    )
    assert code == done.returncode
    assert told in done.stdout + done.stderr

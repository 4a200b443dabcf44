"""What a check finds: one thing each, and what to do about it."""

from collections.abc import Iterable
from typing import NamedTuple

from runtime.exit_codes import DONE, FAILED


class Finding(NamedTuple):
    """One thing that a check found."""

    told: str
    """A clause that names what it is about. It shows no secret."""
    way_out: str
    is_wrong: bool = True
    """Whether it fails the check; else it is advice: what works, but not as one may think."""

    def __str__(self) -> str:
        kind = "advice"
        if self.is_wrong:
            kind = "wrong"
        return f"{kind}: {self.told}; {self.way_out}"


class Findings:
    """What has been found so far, each thing once."""

    def __init__(self) -> None:
        self._found: dict[Finding, None] = {}

    def add(self, findings: Iterable[Finding]) -> None:
        """Note what was found, unless it is known."""
        for finding in findings:
            self._found[finding] = None

    def lines(self) -> list[str]:
        """Return a line each, what is wrong first."""
        in_order = sorted(self._found, key=lambda finding: not finding.is_wrong)
        return [str(finding) for finding in in_order]

    @property
    def exit_code(self) -> int:
        """FAILED where something is wrong, else DONE: advice fails no check."""
        if any(finding.is_wrong for finding in self._found):
            return FAILED
        return DONE

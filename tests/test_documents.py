"""What documents say of the code."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_every_test_that_holds_a_claim_about_security_is_there() -> None:
    named = re.findall(r"`([\w/]+)::(test_\w+)`", (ROOT / "deploy/SECURITY.md").read_text())
    missing = [(file, test) for file, test in named if f"def {test}(" not in (ROOT / f"tests/{file}.py").read_text()]
    assert named
    assert [] == missing

"""The results' file: what was measured last of each row and sweep, with the day, commit and sizes
of its own run.
"""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "results"
FILE = FOLDER / "bench.json"
FIRST = "ingress"
"""The row that a whole run begins with."""


def read() -> dict[str, Any]:
    """Return what is kept."""
    kept: dict[str, Any] = {"machine": {}, "rows": {}, "sweeps": {}}
    return kept | (json.loads(FILE.read_text()) if FILE.exists() else {})


def keep(kind: str, key: str, found: Any, machine: dict[str, str], sizes: dict[str, Any]) -> None:
    """Write one row or sweep in the place of its last; the rest stays, so that a run cut short has
    kept its part. `machine` is that of the first row; each row and sweep says its own processor.
    """
    kept = read()
    if key == FIRST or not kept["machine"]:
        kept["machine"] = machine

    of = {name: machine[name] for name in ("hookline", "processor")}
    kept[kind][key] = found | {"of": sizes | of}
    FOLDER.mkdir(exist_ok=True)
    FILE.write_text(_in_lines(kept) + "\n")


def _in_lines(kept: dict[str, Any]) -> str:
    """Write each row and sweep in a line of its own: a run's changes read as what they are."""
    lines = [f' "machine": {json.dumps(kept["machine"], ensure_ascii=False)}']
    for kind in ("rows", "sweeps"):
        each = [
            f"  {json.dumps(key)}: {json.dumps(found, ensure_ascii=False)}"
            for key, found in kept[kind].items()
        ]
        lines.append(f' "{kind}": {{\n' + ",\n".join(each) + "\n }")
    return "{\n" + ",\n".join(lines) + "\n}"

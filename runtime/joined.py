"""Pages of metrics of several processes, as one.

A family is what one metric counts: its `# HELP` and `# TYPE` lines, and its samples. Prometheus
wants each family once, with all of its samples together.
"""

from collections.abc import Mapping


def joined(pages: Mapping[int, str]) -> str:
    """Join pages of metrics by the number of their process, which becomes the label `process`."""
    families: dict[str, list[str]] = {}
    for process, page in pages.items():
        _add(page, process, families)

    lines = [line for family in families.values() for line in family]
    return "\n".join([*lines, ""])


def _add(page: str, process: int, families: dict[str, list[str]]) -> None:
    """Add a page's lines to the families; what stands before its first family belongs to none."""
    family: list[str] | None = None
    is_new = False
    for line in page.splitlines():
        if line.startswith("# HELP"):
            name = line.split()[2]
            is_new = name not in families
            family = families.setdefault(name, [])

        if family is None or not line:
            continue
        if not line.startswith("#"):
            family.append(_of_process(line, process))
        elif is_new:
            family.append(line)


def _of_process(sample: str, process: int) -> str:
    """Return the sample with one more label."""
    metric, value = sample.rsplit(" ", 1)
    name, _, labels = metric.rstrip("}").partition("{")
    all_labels = f'process="{process}"'
    if labels:
        all_labels = f"{all_labels},{labels}"
    return f"{name}{{{all_labels}}} {value}"

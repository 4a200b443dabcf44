"""The metrics of several processes, as one page."""

from collections.abc import Mapping


def joined_pages(pages: Mapping[int, str]) -> str:
    """Return one page of all, each sample with the label `process`: the number of its process.

    Prometheus wants the samples of a family together, behind the family's comments, which stand
    there once.
    """
    families: dict[str, list[str]] = {}
    for number, page in pages.items():
        _add_page(families, number, page)

    lines: list[str] = []
    for family in families.values():
        lines += family
    lines.append("")
    return "\n".join(lines)


def _add_page(families: dict[str, list[str]], number: int, page: str) -> None:
    """Add a process's samples to their families: lists of lines by the family's name."""
    comments: list[str] = []
    family: list[str] = []
    for line in page.splitlines():
        if line.startswith("# HELP"):
            _, _, name, *_ = line.split()
            comments = [line]
            family = families.setdefault(name, [])

        elif line.startswith("#"):
            comments.append(line)
        elif line:
            if not family:
                family += comments
            sample = _of_process(number, line)
            family.append(sample)


def _of_process(number: int, sample: str) -> str:
    """Return a sample, `name{labels} value`, with the label `process` before its own."""
    series, value = sample.rsplit(" ", 1)
    name, _, own = series.rstrip("}").partition("{")
    labels = f'process="{number}"'
    if own:
        labels = f"{labels},{own}"
    return f"{name}{{{labels}}} {value}"

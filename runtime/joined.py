"""The metrics of several processes, as one page."""

from collections.abc import Mapping

_BEGIN = "# HELP "


def joined_pages(pages: Mapping[int, str]) -> str:
    """Return one page of all, each sample with the label `process`: the number of its process.

    Prometheus wants the samples of a family together, behind the family's comments, which stand
    there once.
    """
    families: dict[str, list[str]] = {}
    for number, page in pages.items():
        _add_page(families, number, page)

    parts: list[str] = []
    for family in families.values():
        parts += family
    parts.append("")
    return "\n".join(parts)


def _add_page(families: dict[str, list[str]], number: int, page: str) -> None:
    """Add a process's samples to their families: parts of the page by the family's name."""
    before = f"\n{_BEGIN}"
    _, *written = f"\n{page}".split(before)
    for one in written:
        name, _, _ = one.partition(" ")
        comments, samples = _parted(one)
        if not samples:
            continue

        begin = f"{_BEGIN}{comments}"
        family = families.setdefault(name, [begin])
        labelled = _of_process(number, samples)
        family.append(labelled)


def _parted(family: str) -> tuple[str, str]:
    """Return the comments of a family, and its samples, each on a line."""
    comments, _, rest = family.partition("\n")
    while rest.startswith("#"):
        line, _, rest = rest.partition("\n")
        comments = f"{comments}\n{line}"

    samples = rest.strip("\n")
    return comments, samples


def _of_process(number: int, samples: str) -> str:
    """Return samples, `name{labels} value` or `name value`, with the label `process` first."""
    label = f'process="{number}"'
    breaks = samples.count("\n")
    braces = samples.count("{")
    if braces == breaks + 1:
        # All have labels, and no brace in them: all at once, for there are thousands.
        with_label = f"{{{label},"
        return samples.replace("{", with_label)

    lines = samples.split("\n")
    labelled = [_labelled(line, label) for line in lines]
    return "\n".join(labelled)


def _labelled(sample: str, label: str) -> str:
    name, brace, rest = sample.partition("{")
    if brace:
        return f"{name}{{{label},{rest}"

    name, _, value = sample.partition(" ")
    return f"{name}{{{label}}} {value}"

"""Pages of metrics of several processes, as one."""

from collections.abc import Mapping


def joined(pages: Mapping[int, str]) -> str:
    """Join pages of metrics: a family's samples together, each with the label `process`."""
    families: dict[str, list[str]] = {}
    for number, page in pages.items():
        heads, samples = list[str](), list[str]()
        for line in page.splitlines():
            if line.startswith("# HELP"):
                heads = [line]
                samples = families.setdefault(line.split()[2], [])
            elif line.startswith("#"):
                heads.append(line)
            elif line:
                if not samples:
                    samples += heads
                name, value = line.rsplit(" ", 1)
                name, _, labels = name.rstrip("}").partition("{")
                samples.append(
                    f'{name}{{process="{number}"{"," if labels else ""}{labels}}} {value}'
                )
    return "\n".join([line for lines in families.values() for line in lines] + [""])

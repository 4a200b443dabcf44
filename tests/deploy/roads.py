"""The commands of `deploy/README.md`, as they stand there."""

from pathlib import Path

README = Path(__file__).parents[2] / "deploy/README.md"
BEGIN, END = "```sh\n", "```\n"


def road(name: str) -> list[str]:
    """Return the commands below a heading, one a line."""
    section = README.read_text().split(f"\n## {name}\n")[1].split("\n## ")[0]
    _, _, rest = section.partition(BEGIN)
    commands, _, _ = rest.partition(END)
    return commands.splitlines()


BUILD, PREPARE, UP = road("A laptop")
"""Build the image, make the passwords, start everything."""
MAKE, WHEEL, INSTALL, EDIT, ENABLE_INGRESS, ENABLE_WORKER = road("Plain machines")
"""The first two in the source tree, the others on the machine."""

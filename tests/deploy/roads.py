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
_, WHEEL, INSTALL, _, ENABLE_INGRESS, ENABLE_WORKER = road("Plain machines")
"""The first in the source tree, the others on the machine. The environment is there, and settings
are not edited by hand.
"""

"""What is broken, a module for each thing that may die."""

from importlib import import_module

MODULES = (
    "worker",
    "downstream",
    "door",
    "broker",
    "network",
    "three_nodes",
    "versions",
    "order",
    "soak",
)


def load() -> None:
    """Enter every scenario in the list."""
    for module in MODULES:
        import_module(f"{__name__}.{module}")

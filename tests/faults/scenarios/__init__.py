"""What is broken, a module for each thing that may die."""

from importlib import import_module


def load() -> None:
    """Enter every scenario in the list."""
    for module in ("worker", "door", "broker", "network", "three_nodes", "versions", "soak"):
        import_module(f"{__name__}.{module}")

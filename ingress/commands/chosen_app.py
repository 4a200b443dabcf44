"""Which of the configured apps a command is about."""

from collections.abc import Mapping

from ingress.registration import App
from ingress.settings import SettingsError


def chosen_app(
    apps: Mapping[str, App], name: str | None, question: str = "say whose secret signs"
) -> App:
    """Return the app of this name; without a name, the only one. Raises SettingsError."""
    known = ", ".join(apps)
    if name is not None:
        if name not in apps:
            raise SettingsError(f"--app {name}: not configured; there are {known}")
        return apps[name]

    if len(apps) > 1:
        raise SettingsError(f"--app: {question}: {known}")
    (only,) = apps.values()
    return only

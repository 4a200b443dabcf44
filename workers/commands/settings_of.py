"""Which settings a command reads."""

from workers.settings import OfflineSettings, Settings

OFFLINE = frozenset(
    {"deploy kubernetes", "deploy compose", "deploy systemd", "docs", "new", "console hash"}
)
"""Commands that ask no broker: they need no URL of one."""


def settings_of(command: str) -> type[Settings]:
    """Return which settings a command needs."""
    if command in OFFLINE:
        return OfflineSettings
    if command == "console":
        from workers.console.settings import ConsoleSettings

        return ConsoleSettings
    return Settings

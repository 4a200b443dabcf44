"""Passwords of the broker's users, from a folder with a file for each role."""

from pathlib import Path

from runtime.environment import read_text, why_unreadable
from schemas.roles import Role
from workers.settings import SettingsError


def read_passwords(folder: Path) -> dict[Role, str]:
    """Return the passwords that the folder holds, in files named by role: `ingress`, `worker`, …

    Raises SettingsError where it holds none, or one that cannot be used; it shows none.
    """
    found: dict[Role, str] = {}
    for role in Role:
        file = folder / role
        if file.exists():
            found[role] = _password(file)

    if not found:
        named = ", ".join(Role)
        raise SettingsError(f"--passwords {folder}: no file there is named by a role: {named}")
    return found


def _password(file: Path) -> str:
    try:
        password = read_text(str(file))
    except (OSError, ValueError) as error:
        raise SettingsError(f"--passwords: {file}: {why_unreadable(error)}") from error

    if not password:
        raise SettingsError(
            f"--passwords: {file} is empty; write the password into it, or take the file away: "
            "the user then logs in by a client certificate"
        )
    return password

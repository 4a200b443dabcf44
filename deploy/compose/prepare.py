"""Makes the secrets that deploy/compose.yaml names, in the folder `secrets` beside this file.

A password for each role on the broker, as the role's URL and in the broker's definitions; one for
Grafana; one for the console's user `admin`, whose entry is in `console_users`; and a secret to sign
webhooks with, for a trial. A file that is there stays as it is: put the platform's own secret into
`webhook_secrets`, and further entries into `console_users`.
"""

import json
import secrets
import sys
from pathlib import Path
from urllib.parse import urlsplit

from runtime.apps_file import DEFAULT_APP
from schemas.roles import Role, user_name
from workers.console.passwords import hashed
from workers.role_definitions import definitions_of_users

ROLES = (Role.INGRESS, Role.WORKER, Role.OPERATOR, Role.DECLARER, Role.MONITORING)
"""Those that log in: the last one at the management pages, by hand."""


def main(folder: Path) -> int:
    """Make the files and return the exit code."""
    # The folder keeps other users of this machine out. The files are open to all, because the
    # containers read them under user ids of their own.
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)

    passwords = {role: _password(folder, role) for role in ROLES}
    users = definitions_of_users(DEFAULT_APP, "/", passwords)
    _write(folder / "definitions.json", json.dumps(users))

    _kept(folder / "grafana_password", secrets.token_urlsafe(24))
    password = _kept(folder / "console_password", secrets.token_urlsafe(24))
    _kept(folder / "console_users", f"admin:{hashed(password)}:operator")
    _kept(folder / "webhook_secrets", f"trial:{secrets.token_urlsafe(24)}")

    print(f"passwords and definitions are in {folder}")
    print(f"the platform's secret belongs into {folder / 'webhook_secrets'}, as name:value")
    return 0


def _password(folder: Path, role: Role) -> str:
    """Return the password in a role's URL, which is made where there is none."""
    user = user_name(DEFAULT_APP, role)
    new = f"amqp://{user}:{secrets.token_urlsafe(24)}@rabbitmq:5672/"
    url = _kept(folder / f"{role}_url", new)
    return urlsplit(url).password or ""


def _kept(file: Path, new: str) -> str:
    """Return what the file holds; where there is none, it is made and holds the new text."""
    if not file.exists():
        _write(file, new)
    return file.read_text().strip()


def _write(file: Path, text: str) -> None:
    file.write_text(f"{text}\n")
    file.chmod(0o644)


if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parent / "secrets"))

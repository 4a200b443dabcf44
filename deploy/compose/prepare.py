"""Makes the secrets that deploy/compose.yaml names: `python3 deploy/compose/prepare.py [FOLDER]`.

A password for each role on the broker, as the role's URL and in the broker's definitions; one for
Grafana; and a secret to sign webhooks with, for a trial. A file that is there stays as it is: put
the platform's own secret into `webhook_secrets`. Needs nothing but Python.
"""

import base64
import hashlib
import json
import secrets
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

HERE = Path(__file__).resolve().parent
DEFINITIONS = HERE / "definitions.json"
"""The roles and their permissions, without passwords."""
SALT_BYTES = 4


def main(folder: Path) -> int:
    """Make the files and return the exit code."""
    # The folder keeps other users of this machine out. The files are open to all, because the
    # containers read them under user ids of their own.
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)

    definitions = json.loads(DEFINITIONS.read_text())
    with_passwords = [_user(folder, user) for user in definitions["users"]]
    _write(folder / "definitions.json", json.dumps(definitions | {"users": with_passwords}))

    _kept(folder / "grafana_password", secrets.token_urlsafe(24))
    _kept(folder / "webhook_secrets", f"trial:{secrets.token_urlsafe(24)}")

    print(f"passwords and definitions are in {folder}")
    print(f"the platform's secret belongs into {folder / 'webhook_secrets'}, as name:value")
    return 0


def _user(folder: Path, user: dict[str, Any]) -> dict[str, Any]:
    """Return the user as the broker's definitions have one, with the hash of its password."""
    name = user["name"]
    new = f"amqp://{name}:{secrets.token_urlsafe(24)}@rabbitmq:5672/"
    url = urlsplit(_kept(folder / f"{name}_url", new))

    salt = secrets.token_bytes(SALT_BYTES)
    hashed = password_hash(url.password or "", salt)
    algorithm = "rabbit_password_hashing_sha256"
    return user | {"password_hash": hashed, "hashing_algorithm": algorithm}


def password_hash(password: str, salt: bytes) -> str:
    """Return what RabbitMQ keeps of a password (its guide "Credentials and Passwords")."""
    digest = hashlib.sha256(salt + password.encode()).digest()
    return base64.b64encode(salt + digest).decode()


def _kept(file: Path, new: str) -> str:
    """Return what the file holds; where there is none, it is made and holds the new text."""
    if not file.exists():
        _write(file, new)
    return file.read_text().strip()


def _write(file: Path, text: str) -> None:
    file.write_text(f"{text}\n")
    file.chmod(0o644)


if __name__ == "__main__":
    wanted = sys.argv[1:] or [str(HERE / "secrets")]
    sys.exit(main(Path(wanted[0]).absolute()))

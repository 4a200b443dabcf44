"""The users of an app's roles as RabbitMQ's definitions: passwords hashed, permissions. Pure."""

import hmac
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from schemas.roles import Role, permissions, tags, user_name

HASHING = "rabbit_password_hashing_sha256"
"""RabbitMQ's own way: base64 of a salt of four bytes, and SHA-256 over salt and password."""
SALT_BYTES = 4
NO_PASSWORD = ""
"""As a hash: nobody logs in by a password, a client certificate alone will do."""


def definitions_of_users(app: str, vhost: str, passwords: Mapping[Role, str]) -> dict[str, Any]:
    """Return the virtual host, a user for each role, and what each may do there.

    A role without a password gets a user without one.
    """
    users = [_user(app, role, passwords.get(role)) for role in Role]
    granted = [
        {"user": user_name(app, role), "vhost": vhost, **permissions(app, role)._asdict()}
        for role in Role
    ]
    return {"vhosts": [{"name": vhost}], "users": users, "permissions": granted}


def _user(app: str, role: Role, password: str | None) -> dict[str, Any]:
    name = user_name(app, role)
    hashed = NO_PASSWORD if password is None else password_hash(name, password)
    return {
        "name": name,
        "password_hash": hashed,
        "hashing_algorithm": HASHING,
        "tags": list(tags(role)),
    }


def password_hash(user: str, password: str) -> str:
    """Return a password as the broker keeps it; the same input gives the same text.

    The salt is made of both, so that an export changes only where a password does. It differs from
    user to user, which is what a salt of RabbitMQ's four bytes can do.
    """
    secret = password.encode()
    salt = hmac.digest(secret, user.encode(), "sha256")[:SALT_BYTES]
    digest = sha256(salt + secret).digest()
    return b64encode(salt + digest).decode()

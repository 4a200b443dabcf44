"""What `deploy/kubernetes` calls the broker and the Secrets of those who log in to it."""

from schemas.roles import Role

BROKER = "hookline-broker"
"""The RabbitmqCluster, and so its Service."""


def login_secret(role: Role) -> str:
    """Return where a role's `username`, `password` and `amqp-url` stand."""
    return f"{BROKER}-{role}"

"""What a user of the broker may not do, though its role needs it. Pure."""

from collections.abc import Collection

from yarl import URL

from runtime.finding import Finding
from schemas.roles import Role, permissions


def findings_of_permissions(
    url: URL, app: str, role: Role, refused: Collection[str]
) -> list[Finding]:
    """Say what the URL's user is refused, and which permissions its role needs at least."""
    if not refused:
        return []

    user = "our user"
    if url.user:
        user = f"user {url.user}"
    vhost = url.path[1:] or "/"
    listed = ", ".join(sorted(refused))
    needed = permissions(app, role)
    return [
        Finding(
            f"{user} may not {listed} on virtual host {vhost}",
            f"it needs, for {app}, configure '{needed.configure}', write '{needed.write}' and read "
            f"'{needed.read}' (rabbitmqctl set_permissions; deploy/SECURITY.md)",
        )
    ]

"""`hookline-workers topology export --format operator`."""

from collections.abc import Iterable
from pathlib import Path

from runtime.exit_codes import DONE
from schemas.names import WorkQueue
from schemas.pulse_topology import whole_topology
from workers.operator_resources import as_list, resources, users
from workers.settings import Settings, SettingsError


def export_resources(
    settings: Settings, queues: Iterable[WorkQueue], *, with_users: bool, passwords: Path | None
) -> int:
    """Print the app's whole topology with these queues as the topology operator's resources.

    With a user for each role, where they are asked for. Raises SettingsError for passwords.
    """
    if passwords is not None:
        raise SettingsError(
            "--passwords: on Kubernetes they stand in Secrets, which deploy/kubernetes/README.md "
            "makes; ask for the users by --users"
        )

    whole = whole_topology(settings.app, sorted(queues), copies=settings.copies)
    found = resources(whole, settings.vhost)
    if with_users:
        found = users(settings.app, settings.vhost) + found

    print(as_list(found))
    return DONE

"""`hookline-workers topology export`: RabbitMQ's definitions, for an operator to import."""

import sys
from collections.abc import Collection, Iterable
from pathlib import Path

import orjson

from runtime.exit_codes import DONE
from schemas.names import WorkQueue
from schemas.pulse_topology import whole_topology
from schemas.roles import Role, user_name
from workers.passwords import read_passwords
from workers.role_definitions import definitions_of_users
from workers.settings import Settings
from workers.topology_text import definitions


def export_topology(
    settings: Settings, queues: Iterable[WorkQueue], *, with_users: bool, passwords: Path | None
) -> int:
    """Print the app's whole topology with these queues; with users, where they are asked for.

    `passwords` is a folder with a file for each role. Raises SettingsError where it does not fit.
    """
    whole = whole_topology(settings.app, sorted(queues), copies=settings.copies)
    exported = definitions(whole, settings.vhost)

    if with_users or passwords is not None:
        given = {} if passwords is None else read_passwords(passwords)
        exported = definitions_of_users(settings.app, settings.vhost, given) | exported
        _tell_without_password(settings.app, given)

    print(orjson.dumps(exported, option=orjson.OPT_INDENT_2).decode())
    return DONE


def _tell_without_password(app: str, given: Collection[Role]) -> None:
    """Say whom the broker will let in by a client certificate alone, and how to change that."""
    names = [user_name(app, role) for role in Role if role not in given]
    if not names:
        return

    print(
        f"without a password, so let in by client certificate alone: {', '.join(names)}; "
        "give one with --passwords, or after each import with `rabbitmqctl change_password USER`",
        file=sys.stderr,
    )

"""Comparing all that the management API shows of an app with what it should be."""

from dataclasses import dataclass

from schemas.broker_objects import Topology
from workers.settings import Settings
from workers.verifying import bindings, policies, users
from workers.verifying.management import Management, MayNotSee, management


@dataclass(frozen=True, slots=True)
class Compared:
    """What differs, a line each; and a sentence on what was looked at, and what could not be."""

    differences: list[str]
    note: str


async def compare_shown(url: str, settings: Settings, whole: Topology) -> Compared:
    """Compare bindings, policies and users with what the API at this URL shows; raises NoAnswer."""
    app = settings.app
    vhost = settings.vhost
    async with management(url, settings) as api:
        bound = await api.bindings()
        queues = await api.queues()
        of_users = await _of_users(api, app, vhost)

    standing = [queue.name for queue in queues]
    differences = [
        *bindings.missing(whole, bound, standing),
        *bindings.foreign(app, vhost, bound),
        *policies.harmful(whole, vhost, queues),
        *of_users.differences,
    ]
    count = len(whole.bindings)
    note = f"compared by the management API: {count} bindings, policies; {of_users.note}"
    return Compared(differences, note)


async def _of_users(api: Management, app: str, vhost: str) -> Compared:
    try:
        found = await api.users()
    except MayNotSee:
        return Compared([], "users only for a user with the tag administrator")

    if not users.stand_for_roles(app, found):
        return Compared([], f"no users, as none stands for a role of {app}")
    return Compared(users.differing(app, vhost, found), "users of the roles")

"""`hookline-workers topology export --format operator`."""

from collections.abc import Iterable

from runtime.exit_codes import DONE
from schemas.names import WorkQueue
from schemas.topology import topology
from workers.operator_resources import as_list, resources
from workers.settings import Settings


def export_resources(settings: Settings, queues: Iterable[WorkQueue]) -> int:
    """Print the app's whole topology with these queues as the topology operator's resources."""
    whole = topology(settings.app, sorted(queues))
    print(as_list(resources(whole, settings.vhost)))
    return DONE

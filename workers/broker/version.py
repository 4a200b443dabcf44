"""Whether the broker holds an app's names in the version of the topology that is made here."""

from runtime.amqp.channels import KeptChannel
from runtime.amqp.declare import MISSING, TopologyDiffersError, difference, exists
from schemas.control import ControlState
from schemas.names import first_edition_queue
from schemas.topology import VERSION, rungs


async def check_version(kept: KeptChannel, app: str, state: ControlState | None) -> None:
    """Raise TopologyDiffersError where the broker holds the app's names in another version.

    Changes nothing.

    `state` is what the control log says; the first edition had none, and other arguments on some
    queues.
    """
    written = None if state is None else state.topology
    if written == VERSION:
        return

    if written is not None:
        way_out = (
            "update Hookline here" if written > VERSION else "move over as deploy/UPGRADING.md says"
        )
        raise TopologyDiffersError(
            f"app {app}: the broker holds version {written} of the topology and this Hookline "
            f"makes version {VERSION}: {way_out}; nothing was changed"
        )

    old = await _first_edition(kept, app)
    if old:
        raise TopologyDiffersError(
            f"app {app}: the broker holds queues of Hookline's first edition ({old}), whose "
            "arguments cannot be changed: move over as deploy/UPGRADING.md says under "
            '"Moving from the first edition"; nothing was changed'
        )


async def _first_edition(kept: KeptChannel, app: str) -> str:
    """Name a queue that the first edition declared and this version does not, or declares
    otherwise.
    """
    catalogue = first_edition_queue(app)
    if await exists(kept, catalogue):
        return catalogue

    for queue in rungs(app).queues:
        found = await difference(kept, queue)
        if found and not found.endswith(MISSING):
            return queue.name
    return ""

"""Writing down in the control log what a worker runs, and in how many partitions."""

import socket
from collections.abc import Iterable
from time import time

import structlog

from runtime.amqp.channels import KeptChannel
from runtime.amqp.declare import TopologyDiffersError, declare
from schemas import control_records
from schemas.control import ControlState
from schemas.layout_records import Step, layout_record
from schemas.names import WorkQueue
from schemas.topology import VERSION, control_topology
from workers.broker import control as control_log
from workers.broker.publisher import Publisher
from workers.own_queues import OwnQueues

log = structlog.get_logger()

THIS_HOST = socket.gethostname()


def raise_where_in_the_way(own: OwnQueues, state: ControlState) -> None:
    """Raise TopologyDiffersError where a consumer has one queue and wants several, or reversely."""
    sentence = own.in_the_way(state)
    if sentence:
        raise TopologyDiffersError(sentence)


class Writing:
    """Writes down what these consumers of one app run."""

    def __init__(
        self, app: str, publisher: Publisher, channel: KeptChannel, own: OwnQueues
    ) -> None:
        self._app = app
        self._publisher = publisher
        self._channel = channel
        self._own = own
        self._told_differing = set[WorkQueue]()

    async def write_layouts(self, state: ControlState, *, declares: bool) -> bool:
        """Write down how many partitions there are to be, where nothing has been said of it.

        Tell whether anything was written. Of two workers that do so at once the first one counts,
        so that the log is to be read again before anything is bound.
        """
        self._tell_differing(state)
        unsaid = self._own.unsaid(state)
        if not unsaid:
            return False

        if declares:
            await declare(self._channel, control_topology(self._app))
        for whole, count in unsaid.items():
            record = layout_record(
                Step.PARTITIONED, whole, by=THIS_HOST, at=_now_ms(), partitions=count
            )
            await control_log.write(self._publisher, self._app, record)
        return True

    async def write_down(self, state: ControlState, own: Iterable[WorkQueue]) -> None:
        """Write down which queues we run, and the whole state, where either is due."""
        queues = sorted(own)
        names = [queue.name for queue in queues]
        never = self._own.never_replayed(queues)
        ordered = [queue.name for queue in queues if queue.ordered]
        declared = control_records.declared(
            state, names, never, ordered, topology=VERSION, by=THIS_HOST, at=_now_ms()
        )
        if declared is not None:
            await control_log.write(self._publisher, self._app, declared)

        restated = control_records.restated(state, by=THIS_HOST, at=_now_ms())
        if restated is not None:
            await control_log.write(self._publisher, self._app, restated)

    def _tell_differing(self, state: ControlState) -> None:
        """Say once which consumers declare another number of partitions than they have."""
        for whole, count, layout in self._own.differing(state):
            if layout.is_moving or whole in self._told_differing:
                continue
            self._told_differing.add(whole)
            log.warning(
                "partitions.differ",
                queue=whole.name,
                declared=count,
                partitions=layout.partitions,
                hint=f"`hookline-workers topology partition {whole.consumer} --into {count}`",
            )


def _now_ms() -> int:
    return int(time() * 1000)

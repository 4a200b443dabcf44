"""`hookline-workers topology`: show, declare, verify."""

from collections.abc import Sequence
from time import time
from typing import Any

from runtime.amqp.channels import KeptChannel, giving
from runtime.amqp.declare import (
    MISSING,
    TopologyDiffersError,
    declare,
    differences,
)
from runtime.amqp.link import Connection, connected
from runtime.exit_codes import DIFFERS, DONE, FAILED
from schemas import control_records
from schemas.broker_objects import Topology
from schemas.control import ControlState
from schemas.copies import copies_topology
from schemas.in_use import on_the_move, queues_in_use
from schemas.names import WorkQueue
from schemas.pulse_topology import pulse, whole_topology
from schemas.topology import VERSION
from workers.broker import control as control_log
from workers.broker.declaring import declare_queues
from workers.broker.publisher import Publisher
from workers.broker.unrouted_depth import UnroutedDepth
from workers.broker.version import check_version
from workers.broker.writing_down import THIS_HOST, Writing, raise_where_in_the_way
from workers.consumer import Consumer
from workers.own_queues import OwnQueues
from workers.settings import Settings
from workers.told_options import told_options
from workers.topology_text import tree
from workers.verifying.bindings import DECLARE
from workers.verifying.compare import Compared, compare_shown

MAKE_ANEW = (
    "arguments cannot be changed: delete it once nothing is in it, then "
    "`hookline-workers topology declare`"
)


def show_topology(settings: Settings, consumers: Sequence[Consumer[Any]]) -> int:
    """Print the app's whole topology with the consumers' queues as a tree, and their breakers."""
    queues: list[WorkQueue] = []
    for one in consumers:
        queues += one.queues(settings.app)
    whole = whole_topology(settings.app, sorted(queues), copies=settings.copies)
    print(tree(whole))

    for one in consumers:
        options = ", ".join(told_options(one))
        print(f"consumer {one.name}: {options}")
    return DONE


async def declare_topology(settings: Settings, own: OwnQueues) -> int:
    """Make the broker hold these queues; return the exit code."""
    async with connected(settings.amqp_url, "topology") as connection:
        kept = KeptChannel.on(connection)
        channel = await kept.get()
        state = await control_log.read(channel, settings.app)
        try:
            await check_version(kept, settings.app, state)
            queues = await _declare(connection, kept, settings, own, state or ControlState())
        except TopologyDiffersError as error:
            _tell_difference(error)
            return FAILED

        _tell_agreement(whole_topology(settings.app, queues, copies=settings.copies))
        return DONE


async def verify_topology(settings: Settings, own: OwnQueues) -> int:
    """Say what the broker holds otherwise; return the exit code."""
    async with connected(settings.amqp_url, "topology") as connection:
        kept = KeptChannel.on(connection)
        channel = await kept.get()
        state = await control_log.read(channel, settings.app)
        return await compare(kept, settings, own, state)


async def compare(
    kept: KeptChannel, settings: Settings, own: OwnQueues, state: ControlState | None
) -> int:
    """Compare the broker with the app's whole topology and tell; return the exit code.

    AMQP shows exchanges and queues; the management API, where it is given, the rest.
    """
    known = state or ControlState()
    queues = own.queues(known)
    whole = whole_topology(settings.app, queues, on_the_move(known, queues), settings.copies)
    try:
        await check_version(kept, settings.app, state)
    except TopologyDiffersError as error:
        _tell_difference(error)
        return DIFFERS

    found = await differences(kept, whole)
    shown = Compared([], "")
    if settings.management_url:
        shown = await compare_shown(settings.management_url, settings, whole)

    lines = [*map(_with_way_out, found), *shown.differences]
    if lines:
        _tell_difference("\n".join(lines))
    else:
        _tell_agreement(whole)
    if shown.note:
        print(shown.note)
    return DIFFERS if lines else DONE


async def _declare(
    connection: Connection,
    kept: KeptChannel,
    settings: Settings,
    own: OwnQueues,
    state: ControlState,
) -> list[WorkQueue]:
    """Declare everything, in as many partitions as the control log says; return our queues."""
    raise_where_in_the_way(own, state)
    publisher = Publisher.on(connection, settings.confirm_timeout)
    writing = Writing(settings.app, publisher, kept, own)
    if await writing.write_layouts(state, declares=True):
        channel = await kept.get()
        state = await control_log.read(channel, settings.app) or ControlState()

    queues = sorted(own.queues(state))
    known = frozenset(queues) | queues_in_use(state)
    new = [queue for queue in queues if queue.name not in state.wanted]
    moving = on_the_move(state, known)
    unrouted = UnroutedDepth(settings.app, giving(connection))
    await declare_queues(kept, settings.app, known, new, unrouted, lambda: moving)
    await declare(kept, pulse(settings.app))
    await declare(kept, copies_topology(settings.app, settings.copies))
    await _write_down(publisher, settings, queues, state)
    return queues


async def _write_down(
    publisher: Publisher, settings: Settings, own: list[WorkQueue], state: ControlState
) -> None:
    """Write to the control log what was declared, where it does not say so already."""
    names = [queue.name for queue in own]
    now_ms = int(time() * 1000)
    ordered = [queue.name for queue in own if queue.ordered]
    never = state.never_replayed  # only who runs a consumer knows better
    record = control_records.declared(
        state, names, never, ordered, topology=VERSION, by=THIS_HOST, at=now_ms
    )
    if record is None:
        return

    await control_log.write(publisher, settings.app, record)


def _tell_agreement(whole: Topology) -> None:
    exchanges = len(whole.exchanges)
    queues = len(whole.queues)
    print(f"{exchanges} exchanges and {queues} queues are as they should be")


def _tell_difference(lines: TopologyDiffersError | str) -> None:
    print(f"differs:\n{lines}")


def _with_way_out(difference: str) -> str:
    """Return what AMQP says of an exchange or a queue, and what to do about it."""
    way_out = DECLARE if difference.endswith(MISSING) else MAKE_ANEW
    return f"{difference}; {way_out}"

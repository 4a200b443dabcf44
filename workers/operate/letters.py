"""Where letters lie, and what they are: dead ones, and webhooks that lie unrouted."""

from contextlib import aclosing
from dataclasses import dataclass

from runtime.amqp.channels import keeping
from runtime.amqp.declare import TopologyDiffersError
from runtime.amqp.link import Connection
from schemas.control import ControlState
from schemas.names import work_queues
from workers.broker import control
from workers.broker.letters import Wanted, any_letter, find, held_elsewhere
from workers.broker.version import check_version
from workers.dead_letters import Filter
from workers.groups import Group, Grouping
from workers.letter import Source
from workers.settings import SettingsError


@dataclass(frozen=True, slots=True)
class Grouped:
    """The letters that are meant, by group.

    `count` is all of them, `more` those beyond the groups that are told apart; `held` how many
    others' looks hold at most, which are not among them.
    """

    groups: tuple[Group, ...]
    count: int
    more: int
    held: int


async def state_of(connection: Connection, app: str) -> ControlState:
    """Return what the app's control log says; raises SettingsError where there is no such app."""
    async with keeping(connection) as kept:
        state = await control.read(await kept.get(), app)
        try:
            await check_version(kept, app, state)
        except TopologyDiffersError as error:
            raise SettingsError(str(error)) from error

    if state is None:
        raise SettingsError(
            f"the broker holds no consumer's queues of an app {app!r}; "
            "see HOOKLINE_APP and HOOKLINE_AMQP_URL"
        )
    return state


async def sources(
    connection: Connection, app: str, wanted: Filter, *, unrouted: bool = False
) -> tuple[Source, ...]:
    """Return where to look: the dead letters of queues that the control log tells of, retired ones
    too; or what lies unrouted.

    Raises SettingsError where there is none, or none that can be meant.
    """
    if unrouted:
        if wanted.consumer or wanted.group or wanted.reason or wanted.error:
            raise SettingsError(
                "what lies unrouted has no consumer, group, reason or error: "
                "--topic, --shop, --id, --since and --until tell it apart"
            )
        return (Source.unrouted(app),)

    state = await state_of(connection, app)
    known = work_queues(state.queues)
    wanted.check(known)
    meant = sorted({queue.whole for queue in known if wanted.takes_queue(queue)})
    return tuple(map(Source.dead, meant))


async def grouped(
    connection: Connection,
    places: tuple[Source, ...],
    wanted: Filter,
    is_able: Wanted = any_letter,
) -> Grouped:
    """Return the letters that are meant and able by group; no letter is kept."""
    held = await held_elsewhere(connection, places)
    grouping = Grouping()
    async with aclosing(find(connection, places, wanted, is_able)) as found:
        async for letter, _ in found:
            grouping.add(letter)
    return Grouped(grouping.groups, grouping.count, grouping.more, held)

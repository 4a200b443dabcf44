"""`hookline-workers topology partition`: change in how many partitions a consumer takes a topic."""

import sys

from runtime.amqp.channels import KeptChannel
from runtime.amqp.confirms import NotPublished
from runtime.amqp.link import LOST, Connection, connected, lost_link_as_error
from runtime.exit_codes import DONE, FAILED
from schemas.control import ControlState
from schemas.in_use import partitioned_in
from schemas.names import WorkQueue
from workers.broker import control as control_log
from workers.operate.partitioning import CannotPartition, Partitioning
from workers.operate.targets import topic_name
from workers.operate.who import this_operator
from workers.settings import Settings, SettingsError


async def partition_topics(settings: Settings, consumer: str, topic: str | None, count: int) -> int:
    """Give the consumer's topics so many partitions, one after the other; return the exit code.

    Raises SettingsError where none of them has partitions.
    """
    async with connected(settings.amqp_url, "topology") as connection:
        try:
            with lost_link_as_error():
                meant = await _meant(connection, settings.app, consumer, topic)
                for whole in meant:
                    changing = Partitioning(connection, whole, this_operator(), _tell)
                    await changing.into(count)
        except CannotPartition as error:
            print(error, file=sys.stderr)
            return FAILED
        except (NotPublished, *LOST) as error:
            kind = type(error).__name__
            print(f"not done, run it again, nothing is lost: {kind}: {error}", file=sys.stderr)
            return FAILED

    print(f"write partitions={count} where {consumer} is declared, before its next deployment")
    return DONE


async def _meant(
    connection: Connection, app: str, consumer: str, topic: str | None
) -> list[WorkQueue]:
    kept = KeptChannel.on(connection)
    channel = await kept.get()
    state = await control_log.read(channel, app) or ControlState()
    known = partitioned_in(app, state)

    name = topic_name(topic)
    own = [one for one in known if one.consumer == consumer]
    meant = [one for one in own if name in ("", one.topic)]
    if meant:
        return meant

    each = [f"{one.consumer} {one.pattern.slashed}" for one in known]
    there = ", ".join(each) or "none"
    raise SettingsError(
        f"{consumer} {topic or ''}: no such consumer and topic with partitions; there are: {there}"
    )


def _tell(sentence: str) -> None:
    print(sentence, flush=True)

"""Writing down in the control log who ordered what of letters, and what came of it."""

from time import time
from typing import Protocol

from runtime.amqp.confirms import NotPublished
from runtime.amqp.link import LOST, Connection, lost_link_as_error
from schemas.control import What
from schemas.control_records import moved
from workers.broker import control
from workers.broker.publisher import Publisher
from workers.operate.who import this_operator


class Described(Protocol):
    """What was chosen."""

    def described(self) -> dict[str, str]:
        """Return what is asked, by option, for people."""


async def note(
    connection: Connection,
    app: str,
    what: What,
    count: int,
    wanted: Described,
    confirm_timeout: float,
    *,
    name: str = "",
    by: str = "",
) -> str:
    """Write such a record, `by` somebody or else by who runs this process.

    Returns why that could not be done, empty where it was.
    """
    now_ms = int(time() * 1000)
    record = moved(
        what, by=by or this_operator(), at=now_ms, count=count, chosen=wanted.described(), name=name
    )

    publisher = Publisher.on(connection, confirm_timeout)
    try:
        with lost_link_as_error():
            await control.write(publisher, app, record)
    except (*LOST, NotPublished) as error:
        return f"not written down in the control log: {error}"
    return ""

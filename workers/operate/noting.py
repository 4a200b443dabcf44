"""Writing down in the control log who ordered what of letters, and what came of it."""

from dataclasses import asdict
from time import time
from typing import Any

from runtime.amqp.confirms import NotPublished
from runtime.amqp.link import LOST, Connection, lost_link_as_error
from schemas.control import VERSION
from workers.broker import control
from workers.broker.publisher import Publisher
from workers.dead_letters import Filter


async def note(
    connection: Connection,
    app: str,
    what: str,
    *,
    by: str,
    count: int,
    confirm_timeout: float,
    wanted: Filter | None = None,
    name: str = "",
) -> str:
    """Write a record such as `replayed`; return why that could not be done, empty where it was."""
    record: dict[str, Any] = {
        "v": VERSION,
        "at": int(time() * 1000),
        "by": by,
        "what": what,
        "count": count,
    }
    if name:
        record["name"] = name
    if wanted is not None:
        asked = asdict(wanted).items()
        record["filter"] = {key: value for key, value in asked if value is not None}

    publisher = Publisher.on(connection, confirm_timeout)
    try:
        with lost_link_as_error():
            await control.write(publisher, app, record)
    except (*LOST, NotPublished) as error:
        return f"not written down in the control log: {error}"
    return ""

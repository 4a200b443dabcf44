"""A look behind the scenes, at what lies on the broker."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from deploy.local.rabbitmq import Node
from runtime.amqp.channels import channel_of
from runtime.amqp.link import connected
from schemas.control import ControlState
from tests.system.waiting import until
from workers.broker import control

PASSWORD = "pa55word"


def let_in(
    node: Node, folder: Path, rights: Mapping[str, Sequence[str]], password: str = PASSWORD
) -> None:
    """Make users who may configure, write and read what fits these patterns.

    All by one `rabbitmqctl`, which takes half a second. Who has no password needs a certificate.
    """
    definitions = users(rights, password)
    file = folder / "users.json"
    file.write_text(json.dumps(definitions))
    node.ctl("import_definitions", str(file))


def as_user(url: str, user: str, password: str = PASSWORD) -> str:
    """Return a broker's URL for another user than the one that it begins with."""
    return url.replace("guest:guest", f"{user}:{password}")


def users(rights: Mapping[str, Sequence[str]], password: str = PASSWORD) -> dict[str, Any]:
    """Return the definitions of users."""
    secret = {"password": password} if password else {"password_hash": ""}
    permitted = [
        dict(zip(("configure", "write", "read"), patterns, strict=True), user=name, vhost="/")
        for name, patterns in rights.items()
    ]
    return {
        "users": [{"name": name, "tags": ""} | secret for name in rights],
        "permissions": permitted,
    }


async def message_in(
    channel: AbstractChannel, queue: str, seconds: float = 30
) -> AbstractIncomingMessage:
    """Wait for a message in a queue and take it."""
    source = await channel.get_queue(queue, ensure=False)

    async def got() -> AbstractIncomingMessage | None:
        return await source.get(fail=False, no_ack=True)

    found = await until(got, seconds, f"a message in {queue}")
    assert found is not None
    found.headers.pop("x-delivery-count", None)  # the broker's, for this very look
    return found


async def ready(amqp: AbstractChannel, queue: str) -> int:
    """Count what waits in a queue."""
    declared = await amqp.declare_queue(queue, passive=True)
    return declared.declaration_result.message_count or 0


async def control_log(url: str, app: str) -> ControlState | None:
    """Return what an app's control log says by now."""
    async with connected([url], "test") as connection, channel_of(connection) as channel:
        return await control.read(channel, app)

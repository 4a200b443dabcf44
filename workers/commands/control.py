"""`hookline-workers pause`, `resume`, `set` and `log`: faces of `workers.operate`."""

import argparse
import json
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from time import time

from runtime.amqp.confirms import NotPublished
from runtime.amqp.link import LOST, Connection, connected, lost_link_as_error
from runtime.exit_codes import DONE, FAILED
from schemas.printable import printable, printable_json
from workers.operate import control
from workers.operate.command_line import CONCURRENCY
from workers.operate.control import Given, Giver, Target
from workers.operate.history import history
from workers.operate.targets import UnknownTarget
from workers.operate.telling import told_entry, told_moment, told_order, told_target
from workers.operate.who import this_operator
from workers.settings import Settings, SettingsError

Face = Callable[[argparse.Namespace, Connection, str], Awaitable[None]]


async def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Run one of the commands; return the exit code.

    Raises SettingsError where it is for nobody who is there.
    """
    face = FACES[arguments.command]
    try:
        async with connected(settings.amqp_url, "operate") as connection:
            with lost_link_as_error():
                await face(arguments, connection, settings.app)
    except UnknownTarget as error:
        raise SettingsError(str(error)) from error
    except (*LOST, NotPublished) as error:
        kind = type(error).__name__
        print(f"not done, run it again: {kind}: {error}", file=sys.stderr)
        return FAILED
    return DONE


async def _pause(arguments: argparse.Namespace, connection: Connection, app: str) -> None:
    if arguments.consumer is None:
        if arguments.topic or arguments.seconds or arguments.reason:
            raise SettingsError("say which consumer: pause CONSUMER [--topic T]")
        await _list_paused(connection, app)
        return

    target, giver = _said(arguments)
    given = await control.pause(connection, app, target, giver, arguments.seconds)
    _tell(given)


async def _list_paused(connection: Connection, app: str) -> None:
    held = await control.paused(connection, app)
    if not held:
        print("nothing is paused", file=sys.stderr)

    for one in held:
        order = one.order
        on = told_target(one.queue.consumer, one.queue.topic)
        until = "until resumed"
        if order.until is not None:
            until = f"until {told_moment(order.until)}"

        line = f"{on}: paused since {told_moment(order.at)} by {order.by or 'nobody'} {until}"
        if order.reason:
            line = f"{line}: {order.reason}"
        print(printable(line))


async def _resume(arguments: argparse.Namespace, connection: Connection, app: str) -> None:
    target, giver = _said(arguments)
    given = await control.resume(connection, app, target, giver)
    _tell(given)


async def _set(arguments: argparse.Namespace, connection: Connection, app: str) -> None:
    target, giver = _said(arguments)
    name, value = arguments.setting
    if name == CONCURRENCY:
        number = int(value) if value else None
        given = await control.set_concurrency(
            connection, app, target, giver, number, arguments.seconds
        )
    elif target.topic is not None:
        raise SettingsError(f"{name} is the consumer's, over all of its topics: leave out --topic")
    else:
        given = await control.limit(
            connection, app, target.consumer, giver, name, value, arguments.seconds
        )
    _tell(given)


async def _log(arguments: argparse.Namespace, connection: Connection, app: str) -> None:
    since_ms = 0
    if arguments.since is not None:
        since_ms = int((time() - arguments.since) * 1000)

    found = 0
    async with aclosing(history(connection, app, since_ms)) as entries:
        async for entry in entries:
            found += 1
            line = told_entry(entry)
            if arguments.json:
                line = printable_json(json.dumps(entry.record))
            print(line)
    if not found:
        print("nothing was ordered or done", file=sys.stderr)


FACES: Mapping[str, Face] = {"pause": _pause, "resume": _resume, "set": _set, "log": _log}
"""What runs for each of the commands."""


def _said(arguments: argparse.Namespace) -> tuple[Target, Giver]:
    target = Target(arguments.consumer, arguments.topic)
    by = arguments.by or this_operator()
    return target, Giver(by, arguments.reason)


def _tell(given: Given) -> None:
    """Say what was ordered, and for which queues."""
    print(printable(told_order(given.order)))
    for queue in given.queues:
        print(f"  {queue.name}")

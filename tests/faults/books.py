"""The books of a scenario are balanced: what was answered 200 is handled, or found dead."""

import asyncio
from contextlib import suppress

import aio_pika
from aiormq.exceptions import ChannelNotFoundEntity

from deploy.local.rabbitmq import Node
from tests.faults.ledger import Ledger
from tests.faults.load import digest
from tests.system.waiting import until

PATIENCE = 240
"""Seconds for everything to be made good after a fault, at most.

By default the broker itself takes up to 180.
"""
OPERATOR = 40
"""Seconds until somebody looks at the broker itself, where books do not balance."""
REVIVED = "brokers revived"


class Books:
    """The ledger of an app, and the brokers on which its dead letters lie."""

    def __init__(self, nodes: list[Node], app: str, ledger: Ledger) -> None:
        self.measured: dict[str, float] = {}
        self._nodes = nodes
        self._app = app
        self._ledger = ledger

    async def complete(self) -> None:
        """Wait until every 200 is handled or found dead; with an operator's help, where the broker
        needs it.
        """

        async def balanced() -> bool:
            if self._ledger.missing():
                await self._look()
            return not self._ledger.missing()

        with suppress(AssertionError):
            await until(balanced, OPERATOR)
        if self._ledger.missing():
            await asyncio.to_thread(self._revive)
        await until(balanced, PATIENCE, "the books balance")

    def _revive(self) -> None:
        """Restart the brokers whose dead-lettering has ended for good, as README says: no client
        can make up for it.

        Before 3.10.20 one supervisor's two crashes within five seconds, when leaders change hands
        quickly, are enough (rabbitmq-server#7677); what has left its rung stays on disk and goes
        nowhere until then.
        """
        for node in self._nodes:
            if "undefined" in node.ctl("eval", "whereis(rabbit_fifo_dlx_sup)."):
                node.ctl("stop_app")
                node.ctl("start_app")
                self.measured[REVIVED] = self.measured.get(REVIVED, 0) + 1

    async def dead(self, ids: set[str]) -> None:
        """Wait until these are found dead."""

        async def found() -> bool:
            await self._look()
            return ids <= self._ledger.dead.keys()

        await until(found, PATIENCE, "dead letters")

    async def _look(self) -> None:
        """Write down what lies dead by now, and take it away."""
        with suppress(OSError, RuntimeError, ChannelNotFoundEntity, aio_pika.exceptions.AMQPError):
            async with (
                await aio_pika.connect(self._nodes[0].url(), timeout=5) as connection,
                connection.channel() as channel,
            ):
                queue = await channel.get_queue(
                    f"{self._app}.dead.ledger.orders.create", ensure=False
                )
                while (letter := await queue.get(fail=False, timeout=5)) is not None:
                    shop = str(letter.headers["webhook-shop"])
                    reason = str(letter.headers.get("webhook-reason", "crashed"))
                    self._ledger.dead[digest(self._app, letter.body, shop)] = reason
                    await letter.ack()

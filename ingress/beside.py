"""What is published beside webhooks, on a connection of its own: copies and pulses.

Both go to streams. RabbitMQ 3.10 closes the whole connection (506 "Stream not found", or 541) that
publishes to a stream which another process is just declaring, 60 times of 60: its writer has not
begun. No webhook is to wait for a confirm on such a connection.
"""

import asyncio
from collections.abc import Sequence
from itertools import cycle

from yarl import URL

from ingress.copying import Copying
from ingress.pulse import Pulses
from runtime.amqp.link import Link, linked
from runtime.lifetime import end_tasks, first_end
from schemas.copies import Copies


class Beside:
    """Some apps' copies and pulses. A confirm of a pulse has `timeout` seconds; `declares`: we may
    make what they need.
    """

    def __init__(
        self,
        urls: Sequence[str],
        apps: Sequence[str],
        copies: Copies,
        timeout: float,
        *,
        declares: bool,
    ) -> None:
        self.copying = Copying(apps, copies, declares=declares)
        self.pulses = Pulses(apps, timeout, declares=declares)
        self._urls = cycle(map(URL, urls))

    async def keep(self, declared: asyncio.Event) -> None:
        """Connect once what webhooks need is `declared`, and again whenever the connection is lost,
        until cancelled; raises UnexpectedClientError.
        """
        await declared.wait()
        try:
            while True:
                async with linked(self._urls, "ingress beside") as link:
                    await self._use(link)
        finally:
            await self.copying.end()

    async def _use(self, link: Link) -> None:
        """Work on a link until it is lost."""
        tasks = [
            asyncio.create_task(self.pulses.keep(link.connection)),
            asyncio.create_task(self.copying.keep(link.connection)),
            asyncio.create_task(link.lost.wait()),
        ]
        try:
            await first_end(tasks)
        finally:
            await end_tasks(tasks)

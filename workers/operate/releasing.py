"""Having sequences go on whose dead letter is dropped."""

from runtime.amqp.channels import KeptChannel
from runtime.amqp.link import Connection
from schemas.names import return_exchange
from workers.broker.browse import HeldMessage
from workers.broker.publisher import Publisher
from workers.broker.standing import MayNotAsk, standing
from workers.halts import Halt, halt_in, release
from workers.operate.who import this_operator


async def is_there(kept: KeptChannel, halt: Halt) -> bool:
    """Tell whether there is still a partition in which a dead letter's sequence waits for it.

    Who may not see it is told that there is.
    """
    try:
        return await standing(kept, halt.queue) is not None
    except MayNotAsk:
        return True


class Releasing:
    """Releases sequences; `timeout`: seconds for a confirm."""

    def __init__(self, connection: Connection, timeout: float) -> None:
        self._kept = KeptChannel.on(connection)
        self._publisher = Publisher.on(connection, timeout)
        self._by = this_operator()

    async def release(self, letter: HeldMessage) -> None:
        """Have the sequence go on that a dead letter halts, if any; raises NotPublished.

        Whoever has the partition reads of it; it waits where nobody has.
        """
        halt = halt_in(letter.headers)
        if halt is None or not await is_there(self._kept, halt):
            return
        properties = release(letter.properties, halt, self._by)
        exchange = return_exchange(halt.partition.app)
        await self._publisher.publish(exchange, halt.queue, properties, b"")

"""Who takes what stands in the journal: the queues of one consumer."""

from dataclasses import dataclass

from runtime.amqp.link import Connection
from schemas import headers as webhook_headers
from schemas.belonging import queues_for
from schemas.names import WorkQueue, work_queues
from schemas.properties import ReceivedProperties
from schemas.topic import BadTopic, Topic
from workers.operate.letters import state_of
from workers.operate.targets import UnknownTarget, queues_meant
from workers.settings import SettingsError
from workers.sought import Sought


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a consumer is to handle again."""

    consumer: str
    sought: Sought

    def described(self) -> dict[str, str]:
        """Return what is asked, by option, for people."""
        return {"journal to": self.consumer, **self.sought.described()}


@dataclass(frozen=True, slots=True)
class Takers:
    """The queues of one consumer, and which webhooks go to which."""

    app: str
    consumer: str
    queues: frozenset[WorkQueue]

    def chosen(self, sought: Sought) -> "Chosen":
        """Return what is chosen for the consumer, as the control log tells of it."""
        return Chosen(self.consumer, sought)

    def takes(self, _: str, properties: ReceivedProperties) -> bool:
        """Tell whether the consumer takes such a webhook."""
        return bool(self.homes(properties))

    def homes(self, properties: ReceivedProperties) -> list[WorkQueue]:
        """Return the queue that a webhook goes to: where there are partitions, its shop's."""
        try:
            topic = Topic.parse(properties.type or "")
        except BadTopic:
            return []
        shop = webhook_headers.text(properties.headers, webhook_headers.SHOP)
        return queues_for(topic.routing_key, shop, self.queues)


async def takers(connection: Connection, app: str, consumer: str, *, force: bool) -> Takers:
    """Return the queues of a consumer, by the app's control log.

    Raises SettingsError where it has none, or declares that nothing of it is to be replayed, unless
    that is forced.
    """
    state = await state_of(connection, app)
    try:
        queues = frozenset(queues_meant(state, app, consumer, None))
    except UnknownTarget as error:
        raise SettingsError(str(error)) from error

    never = {queue.whole for queue in work_queues(state.never_replayed)}
    if not force and never & {queue.whole for queue in queues}:
        raise SettingsError(f'{consumer} declares replay="never": --force, if no harm comes of it')
    return Takers(app, consumer, queues)

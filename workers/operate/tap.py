"""Listening to what comes in: a queue of copies of one's own, which keeps them meanwhile."""

import json
import re
from dataclasses import dataclass
from hashlib import sha256

from runtime.amqp.channels import KeptChannel
from runtime.amqp.declare import declare, difference
from runtime.amqp.link import Connection
from schemas.broker_objects import Exchange, ExchangeType
from schemas.copies import tap_exchange, tap_queue, tap_topology
from schemas.given_names import MAX_NAME, BadName, check_name
from schemas.topic import BadTopic, TopicPattern
from workers.broker.listening import Listening
from workers.broker.standing import standing_if_allowed
from workers.operate.who import this_operator
from workers.settings import SettingsError

_OTHERS = re.compile("[^a-z0-9_-]+")
"""What no name has."""
MARK = 8
"""Letters at the end of an operator's own name, which tell his taps apart."""
OFF = (
    "taps are off: HOOKLINE_TAPS=on has the ingress make copies for them. Bodies are personal "
    "data, so leave it off where you serve customers"
)


@dataclass(frozen=True, slots=True)
class Tap:
    """An app's tap: its name, and the topics that come to it."""

    app: str
    name: str
    pattern: TopicPattern

    @property
    def queue(self) -> str:
        """What it has not shown yet."""
        return tap_queue(self.app, self.name)


def tap_named(
    app: str,
    topic: str,
    name: str | None = None,
    *,
    shop: str | None = None,
    to: str | None = None,
) -> Tap:
    """Return the tap that is asked for; raises SettingsError where it makes no sense.

    Without a name it is this operator's, of this topic, shop and target: whoever asks for the same
    again has the same.
    """
    try:
        pattern = TopicPattern.parse(topic)
    except BadTopic as error:
        raise SettingsError(str(error)) from error

    if name is None:
        name = _own_name(pattern, shop, to)
    try:
        check_name("tap", name)
    except BadName as error:
        raise SettingsError(f"--name: {error}") from error

    return Tap(app, name, pattern)


async def listen(connection: Connection, kept: KeptChannel, tap: Tap) -> Listening:
    """Have the tap's queue, and listen at it; raises SettingsError where taps are off.

    What is asked for is asked on the kept channel.
    """
    taps = Exchange(tap_exchange(tap.app), ExchangeType.TOPIC)
    if await difference(kept, taps):
        raise SettingsError(OFF)

    await declare(kept, tap_topology(tap.app, tap.name, tap.pattern))
    return await Listening.at(connection, tap.queue)


async def waiting(kept: KeptChannel, tap: Tap) -> int | None:
    """Return how many wait there to be shown, as the broker says; None where there is no queue."""
    found = await standing_if_allowed(kept, tap.queue)
    if found is None:
        return None
    return found.messages


def _own_name(pattern: TopicPattern, shop: str | None, to: str | None) -> str:
    operator = this_operator()
    topic = pattern.routing_key.replace("*", "any")
    whole = f"tap-{operator}-{topic}"
    lowered = whole.lower()
    plain = _OTHERS.sub("-", lowered)

    # What is cut off here, or stands for another sign, is told apart by the mark.
    asked = json.dumps([operator, pattern.routing_key, shop, to])
    mark = sha256(asked.encode()).hexdigest()[:MARK]
    room = MAX_NAME - MARK - 1
    return f"{plain[:room]}-{mark}"

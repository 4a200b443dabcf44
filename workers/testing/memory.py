"""A broker in memory: what lies where, and what becomes of a message that is settled.

It knows what the worker relies on: queues in their order, rungs that give back to the queue that a
copy names, what comes again with the broker's own count after the worker died.
"""

from collections import deque
from collections.abc import Collection, Iterable

from runtime.amqp.properties import for_copy
from schemas.dead_letter import replayed
from schemas.ladder import LADDER
from schemas.names import WorkQueue, dead_exchange, retry_exchange, return_exchange
from workers.broker.copies import Copy
from workers.halts import halt_in, release
from workers.seats import keeps_no_webhook
from workers.testing.message import Message


def _by_number(message: Message) -> int:
    return message.number


def _by_due(waiting: tuple[float, Message]) -> float:
    due, _ = waiting
    return due


class Memory:
    """Everything that lies on the broker of a scenario."""

    def __init__(self, app: str, queues: Iterable[WorkQueue]) -> None:
        self.ready: dict[WorkQueue, deque[Message]] = {queue: deque() for queue in queues}
        self.waiting: list[tuple[float, Message]] = []
        """When each is due, in seconds since 1970, in that order."""
        self.dead: list[Message] = []
        self.held: list[Message] = []
        """What ordered partitions hold back, the followers of what waits with it."""
        self._taken: list[Message] = []
        self._app = app
        self._rungs = {retry_exchange(app, rung): rung for rung in LADDER}

    def lying(self, now: float) -> list[Message]:
        """All that is in work queues, or held and not waiting for its time, the oldest first."""
        lying: list[Message] = []
        for queue in self.ready.values():
            lying.extend(queue)
        lying += self._taken
        for one in self.held:
            is_webhook = not keeps_no_webhook(one.headers)
            if is_webhook and one.due_ms <= now * 1000:
                lying.append(one)
        return sorted(lying, key=_by_number)

    def put(self, message: Message) -> None:
        """Lay a message at its queue's end."""
        self.ready[message.queue].append(message)

    def take_back(self, messages: list[Message]) -> None:
        """Lay messages at their queues' heads again, in their order: nobody has settled them."""
        latest_first = sorted(messages, key=_by_number, reverse=True)
        for message in latest_first:
            message.returned += 1
            self.ready[message.queue].appendleft(message)

    def take_all(self, queue: WorkQueue) -> list[Message]:
        """Hand out all that lies in a queue: it lies there until it is forgotten."""
        taken = list(self.ready[queue])
        self.ready[queue].clear()
        self._taken += taken
        return taken

    def held_of(self, queue: WorkQueue) -> list[Message]:
        """Return what is held of a partition."""
        return [one for one in self.held if one.queue == queue]

    def forget(self, message: Message) -> None:
        """Take an ack of what an ordered partition has handed out."""
        for lying in (self._taken, self.held):
            if message in lying:
                lying.remove(message)

    def take_all_back(self) -> None:
        """Lay back what ordered partitions have handed out: their worker has died."""
        for message in self.held:
            message.returned += 1
        taken = self._taken
        self._taken = []
        self.take_back(taken)

    def publish(self, copy: Copy, message: Message, now: float) -> Message:
        """Take the copy that the worker publishes before it acks a message."""
        made = Message.of(message.queue, copy.properties, copy.body)
        if copy.exchange == dead_exchange(self._app):
            self.dead.append(made)
            return made
        if copy.exchange == return_exchange(self._app):
            self.held.append(made)
            return made
        due = now + self._rungs[copy.exchange]
        self.waiting.append((due, made))
        self.waiting.sort(key=_by_due)
        return made

    def later(self, now: float) -> list[tuple[float, Message]]:
        """Return what waits for its time, and until when, the next first."""
        held = [(one.due_ms / 1000, one) for one in self.held if one.due_ms > now * 1000]
        return sorted([*self.waiting, *held], key=_by_due)

    def replay(self, numbers: Collection[int], now: float) -> None:
        """Put dead letters back on their queues: those of these numbers, or without any, all."""
        at_ms = int(now * 1000)
        for letter in self._dead_of(numbers):
            self.dead.remove(letter)
            headers = replayed(letter.headers, at_ms=at_ms)
            halt = halt_in(letter.headers)
            if halt is not None:
                headers |= halt.headers

            copy = for_copy(letter.properties, headers)
            message = Message.of(letter.queue, copy, letter.body)
            if halt is not None:
                self.held.append(message)
            else:
                self.put(message)

    def drop(self, numbers: Collection[int]) -> None:
        """Take dead letters away, as many; what one of them halts goes on."""
        for letter in self._dead_of(numbers):
            self.dead.remove(letter)
            halt = halt_in(letter.headers)
            if halt is None:
                continue

            properties = release(letter.properties, halt, "the test")
            message = Message.of(letter.queue, properties, b"")
            self.held.append(message)

    def _dead_of(self, numbers: Collection[int]) -> list[Message]:
        return [one for one in self.dead if not numbers or one.number in numbers]

    def give_due(self, now: float) -> None:
        """Give back to their queues what is due by then."""
        due = [message for at, message in self.waiting if at <= now]
        self.waiting = [one for one in self.waiting if one[0] > now]
        for message in due:
            self.put(message)

"""A partition, what is held of it, and workers that die, in memory: to try sequences on."""

from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass, field
from itertools import count

from workers.line import Copy, Member, Seat
from workers.sequences import Sequences

PREFETCH = 4
DELAY = 1_000


@dataclass(eq=False)
class Message:
    """What lies on the broker. `seat` is that of a held copy."""

    webhook: int
    shop: str
    origin: str
    seat: Seat | None = None
    due_ms: int = 0
    again: bool = False
    is_stub: bool = False
    is_release: bool = False
    is_put_back: bool = False

    @property
    def order(self) -> int:
        """Where it stands in the partition."""
        return self.webhook


@dataclass(eq=False)
class DeadLetter:
    """What a webhook left that died, and where its stub stands."""

    message: Message
    seat: Seat

    @property
    def next_turn(self) -> Message:
        """What supersedes the stub."""
        seat = self.seat._replace(turn=self.seat.turn + 1)
        return Message(self.message.webhook, self.message.shop, seat.origin, seat)


@dataclass(eq=False)
class Broker:
    """A partition and its held queue, of which one channel at a time is served."""

    ready: list[Message] = field(default_factory=list)
    unacked: set[Message] = field(default_factory=set)
    held: list[Message] = field(default_factory=list)
    """All copies, handed out or not, in the order in which they were stored."""
    handed: set[Message] = field(default_factory=set)
    """Of these, those on the channel."""
    epoch: int = 0
    dead: list[DeadLetter] = field(default_factory=list)
    """Where dead letters halt sequences; else they are of no interest."""

    def close(self) -> None:
        """Take back what was handed out on the channel."""
        self.epoch += 1
        for message in (*self.unacked, *self.handed):
            message.again = True
        self.ready = sorted([*self.unacked, *self.ready], key=lambda one: one.order)
        self.unacked.clear()
        self.handed.clear()

    def forget(self, message: Message) -> None:
        """Take an ack."""
        self.unacked.discard(message)
        self.handed.discard(message)
        if message in self.held:
            self.held.remove(message)


class World:
    """Shops fire, one worker at a time handles; what happens next, whoever drives it says.

    `halts`: a dead webhook has its shop's sequence wait, until an operator replays or drops it.
    """

    def __init__(self, most_held: int = 6, *, halts: bool = False) -> None:
        self.now_ms = 0
        self.halts = halts
        self.orders: list[Generator[None]] = []
        """What operators have under way."""
        self.broker = Broker()
        self.fired: dict[str, list[int]] = {}
        self.ended: dict[str, list[int]] = {}
        """Webhooks of each shop in the order in which they were first done, or dead."""
        self.runs: Counter[int] = Counter()
        self.fails = 0
        self.most_at_once = 0
        self._most_held = most_held
        self._numbers = count(1)
        self._begin()

    def fire(self, shop: str) -> None:
        """Have a webhook come in."""
        number = next(self._numbers)
        self.fired.setdefault(shop, []).append(number)
        self.broker.ready.append(Message(number, shop, f"m{number}"))

    def crash(self) -> None:
        """Have the worker die, and another take over."""
        self.broker.close()
        self._begin()

    def lose(self) -> None:
        """Have the worker lose its channel, and open another."""
        self.broker.close()
        self.sequences.lose()
        self._read()

    def deliver(self) -> None:
        """Have the broker hand out what it may."""
        self._hand_out_held()
        while self.broker.ready and len(self.broker.unacked) < PREFETCH:
            message = self.broker.ready.pop(0)
            self.broker.unacked.add(message)
            member = self.sequences.arrive(
                message.shop, message.origin, message, self.now_ms, again=message.again
            )
            if member is None:
                self.broker.forget(message)

    def operate(self, what: str) -> None:
        """Have an operator begin to `replay` or `drop` the oldest dead letter."""
        if self.broker.dead:
            self.orders.append(self._order(self.broker.dead[0], what))

    def operator_goes_on(self, which: int) -> None:
        """Go one step on with one of what operators have under way."""
        if not self.orders:
            return
        order = self.orders[which % len(self.orders)]
        if next(order, "ended") == "ended":
            self.orders.remove(order)

    def operator_dies(self) -> None:
        """Have all that operators have under way end where it is."""
        self.orders.clear()

    def begin(self, outcome: str) -> None:
        """Begin what may be begun: an attempt that comes to this, and what makes room."""
        member = self.sequences.next_run(self.now_ms)
        if member is not None:
            task = self._attempt(member, member.delivery, outcome)
            self.tasks.append(task)

        moving = self.sequences.next_move(self.now_ms)
        if moving is not None:
            self.tasks.append(self._move(moving, self.now_ms))

    def step(self, which: int) -> None:
        """Go one step on with one of what is under way."""
        if not self.tasks:
            return
        task = self.tasks[which % len(self.tasks)]
        if next(task, "ended") == "ended":
            self.tasks.remove(task)

    def go(self, outcome: str) -> None:
        """Have everything happen that may happen now, where attempts come to this."""
        for _ in range(100):
            self.deliver()
            self.begin(outcome)
            if not self.tasks:
                return
            self.step(0)

    def settle_all(self) -> None:
        """Have everything end well."""
        for _ in range(3_000):
            self.deliver()
            self.begin("done")
            self.step(0)
            if not self.tasks:
                self.now_ms += DELAY
                self.operate("replay")
            self.operator_goes_on(0)
            if not self._is_anything_left():
                return
        raise AssertionError("it never ends")

    def _is_anything_left(self) -> bool:
        broker = self.broker
        return bool(broker.ready or broker.unacked or broker.held or broker.dead)

    def _begin(self) -> None:
        self.sequences: Sequences[Message] = Sequences(self._most_held)
        self.tasks: list[Generator[None]] = []
        self.running: dict[int, str] = {}
        self.owed: dict[Message, str] = {}
        self._read()

    def _read(self) -> None:
        self._hand_out_held()
        self.sequences.is_read = True

    def _hand_out_held(self) -> None:
        for message in tuple(self.broker.held):
            if message in self.broker.handed:
                continue
            self.broker.handed.add(message)
            assert message.seat is not None
            copy = Copy(message.seat, message.due_ms, message, message.is_stub, message.is_put_back)
            _, superfluous = self.sequences.read(message.shop, copy, self.now_ms)
            if superfluous is not None:
                self.broker.forget(superfluous)

    def _attempt(
        self, member: Member[Message], message: Message | None, outcome: str
    ) -> Generator[None]:
        assert message is not None
        owed = self.owed.pop(message, None)
        if message.is_release:
            owed = "released"
        if owed is None:
            self.running[message.webhook] = message.shop
            self.runs[message.webhook] += 1
            at_once = Counter(self.running.values())
            self.most_at_once = max(self.most_at_once, *at_once.values())
            yield
            del self.running[message.webhook]
            self.fails += outcome == "again"
            if outcome == "done":
                self._note(message)
        yield from self._settle(member, message, owed or outcome)

    def _settle(self, member: Member[Message], message: Message, outcome: str) -> Generator[None]:
        yield
        if outcome == "again":
            yield from self._move(member, self.now_ms + DELAY, message)
            return

        if self.halts and outcome in ("dead", "halts"):
            yield from self._halt(member, message, outcome)
            return

        delivery = member.delivery
        if delivery is None:
            self.owed[message] = outcome
            self.sequences.lost(member)
            return
        if outcome == "dead":
            self._note(message)
        yield
        if member.delivery is None:
            self.owed[message] = "dead and told" if outcome == "dead" else outcome
            self.sequences.lost(member)
            return
        self.broker.forget(member.delivery)
        coming = self.sequences.settled(member)
        if coming is not None:
            self.broker.forget(coming)

    def _move(
        self, member: Member[Message], due_ms: int, decided: Message | None = None
    ) -> Generator[None]:
        message = member.delivery or decided
        if message is None or member.delivery is None:
            if decided is not None:
                self.owed[decided] = "again"
            self.sequences.lost(member)
            return
        epoch = self.broker.epoch
        seat = self.sequences.seat(member)
        yield
        self.broker.held.append(Message(message.webhook, message.shop, member.origin, seat, due_ms))
        yield
        if self.broker.epoch == epoch:
            self.broker.forget(message)
        elif member.delivery is not None:
            self.broker.forget(member.delivery)
        self.sequences.moved(member, seat, due_ms)

    def _halt(self, member: Member[Message], message: Message, outcome: str) -> Generator[None]:
        seat = self.sequences.seat(member)
        epoch = self.broker.epoch
        if outcome == "dead":
            if member.delivery is None:
                self.owed[message] = "dead"
                self.sequences.lost(member)
                return
            self.broker.dead.append(DeadLetter(message, seat))
            yield

        if member.delivery is None:
            self.owed[message] = "halts"
            self.sequences.lost(member)
            return
        stub = Message(message.webhook, message.shop, member.origin, seat, is_stub=True)
        self.broker.held.append(stub)
        yield
        if self.broker.epoch == epoch:
            self.broker.forget(message)
        elif member.delivery is not None:
            self.broker.forget(member.delivery)
        self.sequences.moved(member, seat, 0)

    def _order(self, letter: DeadLetter, what: str) -> Generator[None]:
        copy = letter.next_turn
        if what == "drop":
            self._note(copy)
            copy.is_release = True
        else:
            copy.is_put_back = True
        self.broker.held.append(copy)
        yield
        if letter in self.broker.dead:
            self.broker.dead.remove(letter)

    def _note(self, message: Message) -> None:
        ended = self.ended.setdefault(message.shop, [])
        if message.webhook not in ended:
            ended.append(message.webhook)

"""A blocking AMQP client for the bench alone: queues filled fast, counted and emptied. One thread,
one channel.
"""

import socket
from contextlib import suppress
from typing import Any, Self, TypeVar

from pamqp import commands, exceptions, frame
from pamqp.base import Frame
from pamqp.body import ContentBody
from pamqp.header import ContentHeader, ProtocolHeader

FIRST = 1_000_000_000
"""Number of the first message of a row; ten digits, so that numbering changes no message's length.
"""
PLACE = b"1234567890"
"""Where a message's template holds its number: in its headers, its body or both."""
BATCH = 1000
FRAME = 128 * 1024
Q = TypeVar("Q", bound=Frame)


class UnexpectedAnswerError(RuntimeError):
    """The broker said something else than it was asked for: mostly that there is no such queue."""


class Broker:
    """One connection. Everything waits for the broker's answer."""

    def __init__(self, port: int, vhost: str = "/") -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=120)
        self._unread, self._tag = b"", 0
        self._socket.sendall(frame.marshal(ProtocolHeader(0, 9, 1), 0))
        self._expect(commands.Connection.Start)
        login = commands.Connection.StartOk(
            client_properties={}, mechanism="PLAIN", response="\0guest\0guest"
        )
        self._write(login, 0)
        self._expect(commands.Connection.Tune)
        self._write(commands.Connection.TuneOk(16, FRAME, 0), 0)
        self._ask(commands.Connection.Open(vhost), commands.Connection.OpenOk, 0)
        self._ask(commands.Channel.Open(), commands.Channel.OpenOk)
        self._ask(commands.Confirm.Select(), commands.Confirm.SelectOk)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def declare(self, queue: str, **arguments: Any) -> None:
        """Make a durable queue, a quorum queue unless `type` says otherwise."""
        table = {"x-queue-type": arguments.pop("type", "quorum")} | arguments
        self._ask(
            commands.Queue.Declare(queue=queue, durable=True, arguments=table),
            commands.Queue.DeclareOk,
        )

    def exchange(self, name: str, queue: str) -> None:
        """Make a durable topic exchange that gives everything to the queue."""
        self._ask(commands.Exchange.Declare(exchange=name, exchange_type="topic", durable=True),
                  commands.Exchange.DeclareOk)  # fmt: skip
        self._ask(
            commands.Queue.Bind(queue=queue, exchange=name, routing_key="#"), commands.Queue.BindOk
        )

    def count(self, queue: str) -> int:
        """Return how many messages wait on the queue, not counting those a consumer holds."""
        answer = self._ask(
            commands.Queue.Declare(queue=queue, passive=True), commands.Queue.DeclareOk
        )
        return answer.message_count or 0

    def purge(self, queue: str) -> int:
        """Empty the queue and return how many messages it held."""
        return (
            self._ask(commands.Queue.Purge(queue=queue), commands.Queue.PurgeOk).message_count or 0
        )

    def delete(self, queue: str) -> None:
        """Remove the queue, if it is there."""
        self._ask(commands.Queue.Delete(queue=queue), commands.Queue.DeleteOk)

    def fill(
        self, queue: str, properties: commands.Basic.Properties, body: bytes, numbers: range
    ) -> None:
        """Publish a message for each number, and return when the broker has confirmed them all."""
        parts: list[Frame | ContentHeader | ContentBody] = [
            commands.Basic.Publish(exchange="", routing_key=queue, mandatory=True),
            ContentHeader(0, len(body), properties),
        ]
        parts += [ContentBody(body[at : at + FRAME - 8]) for at in range(0, len(body), FRAME - 8)]
        template = b"".join(frame.marshal(part, 1) for part in parts)
        for start in range(numbers.start, numbers.stop, BATCH):
            batch = range(start, min(start + BATCH, numbers.stop))
            self._socket.sendall(
                b"".join(template.replace(PLACE, b"%010d" % (FIRST + n)) for n in batch)
            )
            self._confirmed(len(batch))

    def _confirmed(self, wanted: int) -> None:
        open_tags = set(range(self._tag + 1, self._tag + 1 + wanted))
        self._tag += wanted
        while open_tags:
            ack = self._expect(commands.Basic.Ack)
            tag = ack.delivery_tag
            open_tags -= {one for one in open_tags if one <= tag} if ack.multiple else {tag}

    def _ask(self, question: Frame, answer: type[Q], channel: int = 1) -> Q:
        self._write(question, channel)
        return self._expect(answer)

    def _write(self, what: Frame, channel: int) -> None:
        self._socket.sendall(frame.marshal(what, channel))

    def _expect(self, kind: type[Q]) -> Q:
        what = self._read()
        if not isinstance(what, kind):
            raise UnexpectedAnswerError(
                f"the broker said {what}, not {kind.__name__}: {getattr(what, 'reply_text', '')}"
            )
        return what

    def _read(self) -> Any:
        while True:
            with suppress(exceptions.UnmarshalingException):
                used, _, what = frame.unmarshal(self._unread)
                self._unread = self._unread[used:]
                return what
            received = self._socket.recv(FRAME)
            if not received:
                raise ConnectionError("the broker closed the connection")
            self._unread += received

"""`make demo`: six webhooks on their way, shown while it happens.

The exit code is 0 only if all of it was true.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from deploy.local.rabbitmq import NodeError
from deploy.local.server import NoServerError
from deploy.stack import ROOT, SHOP, Event, Stack, StackError, stack

BODIES = ROOT / "examples/bodies"
COLOURS = {"green": 32, "red": 31, "yellow": 33, "blue": 36, "bold": 1, "dim": 2}
ATTEMPTS = 3
"""Of the handler that fails twice."""

BESIDES = {
    "webhook.refused": (),
    "delivery.dead": ("webhook.accepted",),
    "delivery.done": ("webhook.accepted", "printed"),
}
"""What a journey shows besides its end.

Three pipes bring it, so the last to happen may come first; what is not awaited would stand under
the next heading.
"""


def _retried(event: Event) -> str:
    attempt = f"attempt {event['attempt']} failed: {event['error']}"
    return f"worker   {attempt}; {event['delay']:g} s"


SHOWN: dict[str, tuple[str, Callable[[Event], str]]] = {
    "webhook.accepted": ("green", lambda _: "ingress  200, stored by the broker"),
    "webhook.refused": ("red", lambda told: f"ingress  refused: {told['code']}"),
    "delivery.retried": ("yellow", _retried),
    "delivery.done": (
        "green",
        lambda told: f"worker   attempt {told['attempt']} done by {told['consumer']}",
    ),
    "delivery.dead": (
        "red",
        lambda told: f"worker   dead letter, {told['reason']}: {told['error']}",
    ),
    "printed": ("dim", lambda told: f"handler  {told['text']}"),
}
"""The events that are shown: in which colour, and as what."""


def paint(text: str, colour: str) -> str:
    """Colour a text on a terminal that wants it."""
    is_wanted = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    if not is_wanted:
        return text

    code = COLOURS[colour]
    return f"\x1b[{code}m{text}\x1b[0m"


class Story:
    """Tells one webhook after the other, and fails when one does not go as told."""

    def __init__(self, running: Stack, folder: Path) -> None:
        self.running = running
        self.folder = folder
        self.started = time.monotonic()

    def show(self, event: Event) -> None:
        """Print an event as a line of the timeline."""
        name = event["event"]
        if name not in SHOWN:
            return

        colour, describe = SHOWN[name]
        text = paint(describe(event), colour)
        seconds = event["at"] - self.started
        print(f"  {seconds:6.2f} s  {text}", flush=True)

    def tell(
        self, title: str, topic: str, body: Path, status: int, ends: str, **environment: str
    ) -> Event:
        """Post a body as the platform does, and show its journey to the end.

        Returns the event that must end it.
        """
        self.started = time.monotonic()
        heading = paint(title, "bold")
        request = paint(f"POST {topic} {body.name}", "blue")
        print(f"\n{heading}\n  {request}", flush=True)

        told = self._send(topic, body, environment)
        if not told.startswith(str(status)):
            raise StackError(f"expected status {status}, the ingress said: {told}")
        return self.follow(ends, *BESIDES[ends])

    def _send(self, topic: str, body: Path, environment: dict[str, str]) -> str:
        sender = Stack(self.running.environment | environment)
        address = self.running.address
        arguments = (topic, str(body), "--shop", SHOP, "--to", address)
        _, told = sender.run("hookline-ingress", "send", *arguments)
        return told

    def follow(self, ends: str, *besides: str) -> Event:
        """Show events until the one that ends the journey and those besides have come.

        They may come in whatever order. Returns the one that ends it.
        """
        seen: dict[str, Event] = {}

        def is_told(event: Event) -> bool:
            name = event["event"]
            seen[name] = event
            return seen.keys() >= {ends, *besides}

        self.running.until(is_told, self.show)
        return seen[ends]

    def body(self, name: str, source: str, **changes: Any) -> Path:
        """Write a body that differs a little from a sample."""
        sample = (BODIES / source).read_text()
        content = json.loads(sample) | changes
        file = self.folder / name
        file.write_text(json.dumps(content))
        return file


def main() -> int:
    """Tell the story, and return the exit code."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        closed = folder / "ledger.closed"
        os.environ["LEDGER_CLOSED"] = str(closed)
        print("starting a private RabbitMQ, the ingress and a worker process …", flush=True)
        try:
            with stack() as running:
                story = Story(running, folder)
                _tell(story, closed)
        except (StackError, NodeError, NoServerError) as error:
            print(paint(f"\nnot as promised: {error}", "red"))
            return 1

    print(paint("\nAll of this was true.", "bold"), "Next: `make up`, then post your own.")
    return 0


def _tell(story: Story, closed: Path) -> None:
    cart = BODIES / "cart.json"
    order = BODIES / "order.json"
    credit = BODIES / "customer_credit.wrapped.json"
    credits_created = "customer_credits/create"

    story.tell("A cart, in JSON", "carts/create", cart, 200, "delivery.done")
    story.tell("An order, in XML", "orders/create", BODIES / "order.xml", 200, "delivery.done")
    story.tell("A customer credit", credits_created, credit, 200, "delivery.done")

    guessed = {"HOOKLINE_SECRETS": "guessed"}
    story.tell("A wrong signature", "orders/create", order, 401, "webhook.refused", **guessed)

    busy = story.body("busy.json", "order.json", note="busy 2")
    done = story.tell("A handler that fails twice", "orders/create", busy, 200, "delivery.done")
    attempt = done["attempt"]
    if attempt != ATTEMPTS:
        raise StackError(f"expected success at the third attempt, not at attempt {attempt}")

    closed.touch()
    title = "A webhook that is rejected"
    dead = story.tell(title, credits_created, credit, 200, "delivery.dead")
    closed.unlink()
    _replay(story, dead["id"])


def _replay(story: Story, identity: str) -> None:
    heading = paint("Its dead letter, put back once the ledger is open again", "bold")
    print(f"\n{heading}")

    code, listed = _dead_letters(story, "list")
    indented = listed.replace("\n", "\n  ")
    print(f"  {indented}")
    if code or identity not in listed or "rejected" not in listed:
        raise StackError("the dead letter is not listed")

    code, told = _dead_letters(story, "replay", "--id", identity)
    if code:
        raise StackError(f"not replayed: {told}")

    done = story.follow("delivery.done", "printed")
    if done["id"] != identity:
        raise StackError("something else was handled")

    _, left = _dead_letters(story, "list")
    if left != "no dead letter":
        raise StackError("the dead letter is still there")


def _dead_letters(story: Story, *arguments: str) -> tuple[int, str]:
    return story.running.run("hookline-workers", "dead-letters", *arguments)


if __name__ == "__main__":
    sys.exit(main())

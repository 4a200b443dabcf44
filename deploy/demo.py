"""`make demo`: six webhooks on their way, shown while it happens; exit 0 only if all of it was
true.
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
from deploy.stack import ROOT, SHOP, Stack, StackError, stack

BODIES = ROOT / "examples/bodies"
COLOURS = {"green": 32, "red": 31, "yellow": 33, "blue": 36, "bold": 1, "dim": 2}
SHOWN: dict[str, tuple[str, Callable[[dict[str, Any]], str]]] = {
    "webhook.accepted": ("green", lambda _: "ingress  200, stored by the broker"),
    "webhook.refused": ("red", lambda e: f"ingress  refused: {e['code']}"),
    "delivery.retried": ("yellow", lambda e: f"worker   attempt {e['attempt']} failed: {e['error']}; {e['delay']:g} s"),
    "delivery.done": ("green", lambda e: f"worker   attempt {e['attempt']} done by {e['consumer']}"),
    "delivery.dead": ("red", lambda e: f"worker   dead letter, {e['reason']}: {e['error']}"),
    "printed": ("dim", lambda e: f"handler  {e['text']}"),
}  # fmt: skip

BESIDES = {
    "webhook.refused": (),
    "delivery.dead": ("webhook.accepted",),
    "delivery.done": ("webhook.accepted", "printed"),
}
"""What a journey shows besides its end. Three pipes bring it, so the last to happen may come first;
what is not awaited would stand under the next heading.
"""


def paint(text: str, colour: str) -> str:
    """Colour a text on a terminal that wants it."""
    wanted = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    return f"\x1b[{COLOURS[colour]}m{text}\x1b[0m" if wanted else text


class Story:
    """Tells one webhook after the other, and fails when one does not go as told."""

    def __init__(self, running: Stack, folder: Path) -> None:
        self.running, self.folder, self.started = running, folder, time.monotonic()

    def show(self, event: dict[str, Any]) -> None:
        """Print an event as a line of the timeline."""
        if event["event"] in SHOWN:
            colour, text = SHOWN[event["event"]]
            print(
                f"  {event['at'] - self.started:6.2f} s  {paint(text(event), colour)}", flush=True
            )

    def tell(
        self, title: str, topic: str, body: Path, status: int, ends: str, **environment: str
    ) -> dict[str, Any]:
        """Post a body as the platform does, show its journey to the end, and return the event that
        must end it.
        """
        self.started = time.monotonic()
        print(
            f"\n{paint(title, 'bold')}\n  {paint(f'POST {topic} {body.name}', 'blue')}", flush=True
        )
        with_secret = self.running.environment | environment
        running = Stack(with_secret)
        _, told = running.run(
            "hookline-ingress",
            "send",
            topic,
            str(body),
            "--shop",
            SHOP,
            "--to",
            self.running.address,
        )
        if not told.startswith(str(status)):
            raise StackError(f"expected status {status}, the ingress said: {told}")
        return self.follow(ends, *BESIDES[ends])

    def follow(self, ends: str, *besides: str) -> dict[str, Any]:
        """Show events until the one that ends the journey and those besides have come, in whatever
        order; return it.
        """
        seen: dict[str, dict[str, Any]] = {}

        def is_told(event: dict[str, Any]) -> bool:
            seen[event["event"]] = event
            return seen.keys() >= {ends, *besides}

        self.running.until(is_told, self.show)
        return seen[ends]

    def body(self, name: str, source: str, **changes: Any) -> Path:
        """Write a body that differs a little from a sample."""
        content = json.loads((BODIES / source).read_text())
        file = self.folder / name
        file.write_text(json.dumps(content | changes))
        return file


def main() -> int:
    """Tell the story, and return the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        closed = Path(folder) / "ledger.closed"
        os.environ["LEDGER_CLOSED"] = str(closed)
        print("starting a private RabbitMQ, the ingress and a worker process …", flush=True)
        try:
            with stack() as running:
                _tell(Story(running, Path(folder)), closed)
        except (StackError, NodeError, NoServerError) as error:
            print(paint(f"\nnot as promised: {error}", "red"))
            return 1
    print(paint("\nAll of this was true.", "bold"), "Next: `make up`, then post your own.")
    return 0


def _tell(story: Story, closed: Path) -> None:
    story.tell("A cart, in JSON", "carts/create", BODIES / "cart.json", 200, "delivery.done")
    story.tell("An order, in XML", "orders/create", BODIES / "order.xml", 200, "delivery.done")
    credit = BODIES / "customer_credit.wrapped.json"
    story.tell("A customer credit", "customer_credits/create", credit, 200, "delivery.done")
    wrong = {"HOOKLINE_SECRETS": "guessed"}
    story.tell(
        "A wrong signature", "orders/create", BODIES / "order.json", 401, "webhook.refused", **wrong
    )
    busy = story.body("busy.json", "order.json", note="busy 2")
    done = story.tell("A handler that fails twice", "orders/create", busy, 200, "delivery.done")
    if done["attempt"] != 3:  # noqa: PLR2004
        raise StackError(f"expected success at the third attempt, not at attempt {done['attempt']}")
    closed.touch()
    dead = story.tell(
        "A webhook that is rejected", "customer_credits/create", credit, 200, "delivery.dead"
    )
    closed.unlink()
    _replay(story, dead["id"])


def _replay(story: Story, identity: str) -> None:
    print(f"\n{paint('Its dead letter, put back once the ledger is open again', 'bold')}")
    code, listed = story.running.run("hookline-workers", "dead-letters", "list")
    print("  " + listed.replace("\n", "\n  "))
    if code or identity not in listed or "rejected" not in listed:
        raise StackError("the dead letter is not listed")
    code, told = story.running.run("hookline-workers", "dead-letters", "replay", "--id", identity)
    if code:
        raise StackError(f"not replayed: {told}")
    if story.follow("delivery.done", "printed")["id"] != identity:
        raise StackError("something else was handled")
    if story.running.run("hookline-workers", "dead-letters", "list")[1] != "no dead letter":
        raise StackError("the dead letter is still there")


if __name__ == "__main__":
    sys.exit(main())
